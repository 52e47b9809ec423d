// Writes the TextMate grammar. Its patterns are put together of parts here, since JSON can't name a part.
//
// It is flat on purpose: words are told by their neighbours on the line and not by the block that they are in, so that a block that is not
// finished does no harm to what follows. The blocks that there are (fields, parameters) end where a line starts with a declaration.

import { readFileSync, writeFileSync } from 'node:fs';
import { BY_EVENT, DECLARATIONS, KEYWORDS, MEASURES, NEEDS, ORDINALS, PHRASES, RESERVED, SCALES, TYPES, UNITS } from './words.mjs';

const any = words => `(?:${words.join('|')})`;
const WORD_END = '(?![\\p{L}\\p{N}_])';
const WORD_START = '(?<![\\p{L}\\p{N}_.])';
const FIELD = '[\\p{L}_][\\p{L}\\p{N}_]*';
/** A name: no word that the language keeps. */
const NAME = `(?!${any(RESERVED)}${WORD_END})${FIELD}`;
/** The name of an event in a clause: not the party at the start of the next part, if that is on the same line. */
const BINDING = `(?:\\s+(${NAME})${WORD_END}(?!\\.|\\s+(?:must|should|aim|may|and)${WORD_END}))?`;
const word = words => `${WORD_START}${any(words)}${WORD_END}`;
const phrase = text => text.split(' ').join('\\s+');
/** A line that starts a declaration ends whatever was not finished before it. */
const NEXT = `(?=^${any(DECLARATIONS)}\\s+["\\p{L}_])`;

const scope = (name, index = 0) => ({ [index]: { name: `${name}.servanda` } });
const scopes = (...names) => Object.assign({}, ...names.map((name, index) => (name ? scope(name, index + 1) : {})));
const include = (...names) => names.map(name => ({ include: `#${name}` }));
const simple = (name, match) => ({ name: `${name}.servanda`, match });

const COMMON = ['comment', 'text'];
const VALUES = [...COMMON, 'time-of-day', 'instant', 'field-access', 'amount'];

/** `KEYWORD NAME`, with the name in the scope of what it declares. */
const declares = (keyword, name) => ({
  match: `${WORD_START}(${keyword})\\s+(${NAME})${WORD_END}(?=\\s*(?:["{(:]|$|of${WORD_END}|identified|#))`,
  captures: scopes('storage.type', name),
});

const repository = {
  comment: { name: 'comment.line.number-sign.servanda', match: '(#).*$', captures: scopes('punctuation.definition.comment') },
  text: {
    name: 'string.quoted.double.servanda',
    begin: '"',
    end: '"|$',
    beginCaptures: scope('punctuation.definition.string.begin'),
    endCaptures: scope('punctuation.definition.string.end'),
    patterns: [simple('constant.character.escape', '\\\\.')],
  },
  'time-of-day': simple('constant.numeric.time', '(?<![\\w.])[0-9]{2}:[0-9]{2}(?![\\w:])'),
  instant: simple('constant.numeric.date', '(?<![\\w.])[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[A-Za-z0-9:.+-]+)?(?!\\w)'),
  amount: {
    patterns: [
      { match: `(?<![\\w.])([0-9][0-9_]*)\\s+(${any(UNITS)}s?)${WORD_END}`, captures: scopes('constant.numeric', 'keyword.other.unit') },
      {
        match: `(?<![\\w.])(-?[0-9][0-9_]*(?:\\.[0-9]+)?)(?:\\s+(${any(SCALES)})${WORD_END})?`
          + `(?:\\s+([A-Z]{3})${WORD_END}(?!\\.|\\s+(?:must|should|aim|may|and)${WORD_END}))?(?:\\s*(%))?`,
        captures: scopes('constant.numeric', 'constant.numeric', 'keyword.other.unit.currency', 'keyword.other.unit'),
      },
      simple('keyword.other.unit', '%'),
    ],
  },
  'field-access': {
    match: `(?<![\\p{L}\\p{N}_.])(${FIELD})(\\.)(${FIELD})?`,
    captures: scopes('variable.other.readwrite', 'punctuation.accessor', 'variable.other.property'),
  },

  boolean: simple('constant.language.boolean', word(['true', 'false'])),

  type: {
    patterns: [
      { match: `${WORD_START}(set)\\s+(of)${WORD_END}`, captures: scopes('support.type', 'support.type') },
      { match: `${WORD_START}(money)(?:\\s+([A-Z]{3})${WORD_END})?${WORD_END}(?!\\s*[|<])`, captures: scopes('support.type', 'keyword.other.unit.currency') },
      simple('storage.modifier', word(['optional'])),
      { match: `([|<])(?:\\s*(${NAME}))?`, captures: scopes('keyword.operator.type', 'variable.other.enummember') },
      simple('variable.other.enummember', `${WORD_START}${NAME}(?=\\s*[|<])`),
      simple('support.type', word(TYPES)),
      { match: `(${FIELD})(\\.)(${FIELD})`, captures: scopes('entity.name.type', 'punctuation.accessor', 'variable.other.property') },
      simple('entity.name.type', `${WORD_START}${NAME}${WORD_END}`),
    ],
  },

  use: { match: `${WORD_START}(use)(?=\\s*(?:"|$))`, captures: scopes('keyword.control.import') },
  event: {
    begin: `${WORD_START}(event)\\s+(${NAME})${WORD_END}(?=\\s*(?:["{]|$|#|identified))`,
    beginCaptures: scopes('storage.type', 'entity.name.type'),
    end: `(?<=\\})|${NEXT}`,
    patterns: [
      ...include(...COMMON),
      {
        match: `${WORD_START}(identified|corrected|retracted)\\s+(by)\\s+(${FIELD})`,
        captures: scopes('keyword.other.part', 'keyword.other.part', 'variable.other.property'),
      },
      {
        begin: '\\{',
        end: `\\}|${NEXT}`,
        beginCaptures: scope('punctuation.section.block.begin'),
        endCaptures: scope('punctuation.section.block.end'),
        patterns: include(...COMMON, 'field', 'comma'),
      },
    ],
  },
  field: {
    begin: `(${FIELD})\\s*(:)`,
    beginCaptures: scopes('variable.other.property', 'punctuation.separator.colon'),
    end: `(?=[,})])|${NEXT}`,
    patterns: include(...COMMON, 'type'),
  },
  state: {
    begin: `${WORD_START}(state)\\s+(${NAME})(?:\\s+(of)\\s+(${NAME}))?\\s*(:)`,
    beginCaptures: scopes('storage.type', 'variable.other.state', 'keyword.other.part', 'variable.parameter', 'punctuation.separator.colon'),
    end: `(?=\\{)|${NEXT}`,
    patterns: [
      ...include(...COMMON),
      { match: `${WORD_START}(initially)(?:\\s+(${NAME}))?${WORD_END}`, captures: scopes('keyword.other.part', 'variable.other.enummember') },
      ...include('amount', 'boolean', 'type'),
    ],
  },
  reference: {
    begin: `${WORD_START}(reference)\\s+(${NAME})(?=\\s*(?:["":]|$))`,
    beginCaptures: scopes('storage.type', 'variable.other.constant'),
    end: `(=)(?:\\s*(${NAME})${WORD_END})?|${NEXT}`,
    endCaptures: scopes('keyword.operator.assignment', 'variable.other.constant'),
    patterns: include(...COMMON, 'colon', 'type'),
  },
  parameters: {
    begin: `${WORD_START}(define|template)\\s+(${NAME})\\s*(\\()`,
    beginCaptures: scopes('storage.type', 'entity.name.function', 'punctuation.section.parens.begin'),
    end: `\\)|${NEXT}`,
    endCaptures: scope('punctuation.section.parens.end'),
    patterns: [
      ...include(...COMMON),
      {
        begin: `(${NAME})\\s*(:)`,
        beginCaptures: scopes('variable.parameter', 'punctuation.separator.colon'),
        end: `(?=[,)])|${NEXT}`,
        patterns: include(...COMMON, 'type'),
      },
      ...include('comma'),
    ],
  },
  apply: {
    begin: `${WORD_START}(apply)\\s+(${NAME})\\s*(\\()`,
    beginCaptures: scopes('keyword.control', 'entity.name.function', 'punctuation.section.parens.begin'),
    end: `\\)|${NEXT}`,
    endCaptures: scope('punctuation.section.parens.end'),
    patterns: [
      { match: `(${NAME})\\s*(:)`, captures: scopes('variable.parameter', 'punctuation.separator.colon') },
      ...include(...VALUES),
      ...include('boolean'),
      simple('variable.other.constant', NAME),
      ...include('brackets', 'comma'),
    ],
  },
  declaration: {
    patterns: [
      declares('agreement', 'entity.name.namespace'),
      declares('clause', 'entity.name.function'),
      {
        match: `(^\\s*|[{}]\\s*)(party)\\s+(${NAME})${WORD_END}`,
        captures: scopes('', 'storage.type', 'variable.other.constant'),
      },
      // Not finished yet.
      simple('storage.type', `${word([...DECLARATIONS, 'apply', 'party'])}(?=\\s*$|\\s*"|\\s+${NAME})`),
    ],
  },

  pattern: {
    patterns: [
      // The first event of a figure: `total f.amount of funding f`, `share of probe p`.
      {
        match: `${WORD_START}(${any(MEASURES)})\\s+(${FIELD})(?:(\\.)(${FIELD}))?\\s+(of)\\s+(${NAME})${WORD_END}${BINDING}`,
        captures: scopes(
          'keyword.other.quantity', 'variable.other.readwrite', 'punctuation.accessor', 'variable.other.property', 'keyword.other.quantity',
          'entity.name.type', 'variable.other.readwrite',
        ),
      },
      {
        match: `${WORD_START}(share)\\s+(of)\\s+(${NAME})${WORD_END}${BINDING}`,
        captures: scopes('keyword.other.quantity', 'keyword.other.quantity', 'entity.name.type', 'variable.other.readwrite'),
      },
      { match: `${WORD_START}(${any(MEASURES)})(?=\\s+${FIELD}\\.)`, captures: scopes('keyword.other.quantity') },
      // `at least 2 attack x`, and not `at least 72 hours` or `at least 3 EUR`.
      {
        match: `${WORD_START}(?:(at)\\s+(least)|(more)\\s+(than)|(exactly))\\s+(?:([0-9][0-9_]*)|(${NAME}))\\s+`
          + `(?!(?:${any(UNITS)}s?|${any(SCALES)}|[A-Z]{3})${WORD_END})(${NAME})${WORD_END}${BINDING}`,
        captures: scopes(
          'keyword.other.quantity', 'keyword.other.quantity', 'keyword.other.quantity', 'keyword.other.quantity', 'keyword.other.quantity',
          'constant.numeric', 'variable.other.constant', 'entity.name.type', 'variable.other.readwrite',
        ),
      },
      {
        match: `${WORD_START}(for)\\s+(every)\\s+(${NAME})\\s+(${NAME})${WORD_END}(?!\\s*\\.)`,
        captures: scopes('keyword.other.quantity', 'keyword.other.quantity', 'entity.name.type', 'variable.other.readwrite'),
      },
      {
        match: `${WORD_START}(despite)\\s+(${NAME})${WORD_END}`,
        captures: scopes('keyword.control', 'entity.name.function'),
      },
      ...[
        ['keyword.control', ['when', 'then']],
        ['keyword.other.quantity', ['some', 'no']],
        ['keyword.other.verb', ['ensure', 'avoid']],
        ['keyword.other.time', ['before', 'until', 'by']],
      ].map(([name, words]) => ({
        match: `${WORD_START}(${any(words)})\\s+`
          + `(?!the${WORD_END}|${any(MEASURES)}\\s+${FIELD}(?:\\.|\\s+of)|share\\s+of${WORD_END}`
          + `|exactly\\s+(?:[0-9]|${NAME}\\s+${NAME})|more\\s+than${WORD_END})(${NAME})${WORD_END}(?!\\.)${BINDING}`,
        captures: scopes(name, 'entity.name.type', 'variable.other.readwrite'),
      })),
      {
        match: `${WORD_START}(may)(?:\\s+(conduct)(?:\\s+(${NAME})${WORD_END}${BINDING})?)?`,
        captures: scopes('keyword.other.modal', 'keyword.other.modal', 'entity.name.type', 'variable.other.readwrite'),
      },
      {
        match: `${WORD_START}(${any(BY_EVENT)})(?:\\s+(by)(?:\\s+(${NAME})${WORD_END}${BINDING})?)?${WORD_END}`,
        captures: scopes('keyword.other.part', 'keyword.other.part', 'entity.name.type', 'variable.other.readwrite'),
      },
      // `reorganised r sets`, in a state.
      {
        match: `(^\\s*|[{]\\s*)(${NAME})(?:\\s+(${NAME}))?(?=\\s+sets${WORD_END}|\\s+where${WORD_END}.*${WORD_START}sets${WORD_END})`,
        captures: scopes('', 'entity.name.type', 'variable.other.readwrite'),
      },
      {
        match: `${WORD_START}(sets)(?:\\s+(to))?(?:\\s+(${NAME})${WORD_END}(?![.(]))?`,
        captures: scopes('keyword.other.part', 'keyword.other.part', 'variable.other.enummember'),
      },
    ],
  },
  actor: simple(
    'variable.other.constant',
    `${WORD_START}${NAME}${WORD_END}(?!\\.)(?=(?:\\s+and\\s+(?:${NAME})(?:\\.${FIELD})?)*\\s+(?:must|should|aim\\s+to|may)${WORD_END})`,
  ),
  bookkeeping: {
    patterns: [
      { match: `${WORD_START}(severity)\\s+(${FIELD})`, captures: scopes('keyword.other.part', 'constant.language.severity') },
      {
        match: `${WORD_START}(tags)(?:\\s+(${NAME}(?:\\s*,\\s*${NAME})*)(?!${FIELD}))?${WORD_END}`,
        captures: { ...scopes('keyword.other.part'), 2: { patterns: [simple('entity.name.tag', FIELD), ...include('comma')] } },
      },
    ],
  },
  comparison: {
    match: `(==|!=|<=|>=|<|>)(?:\\s*(?!(?:true|false)${WORD_END})(${NAME})${WORD_END}(?![.(]))?`,
    captures: scopes('keyword.operator.comparison', 'variable.other.enummember'),
  },
  list: {
    begin: '\\[',
    end: `\\]|(?=^\\s*\\}|\\{)|${NEXT}`,
    beginCaptures: scope('punctuation.section.brackets.begin'),
    endCaptures: scope('punctuation.section.brackets.end'),
    patterns: [...include(...VALUES), simple('variable.other.enummember', `${WORD_START}${NAME}${WORD_END}`), ...include('comma')],
  },
  call: { match: `${WORD_START}(${NAME})\\s*(?=\\()`, captures: scopes('entity.name.function') },
  'day-of-month': {
    match: `${WORD_START}(by)\\s+(the)\\s+(first|last)\\s+(day)\\s+(of)\\s+(the)(?:\\s+(${any(ORDINALS)}))?\\s+(month)\\s+(after)${WORD_END}`,
    captures: scopes(...Array(9).fill('keyword.other.time')),
  },
  deferral: {
    patterns: [
      simple('keyword.other.time', `${WORD_START}deferred\\s+to(?:\\s+the\\s+next\\s+working\\s+day)?${WORD_END}`),
      simple('keyword.other.time', `${WORD_START}(?:of\\s+)?the\\s+next\\s+working\\s+day${WORD_END}`),
      simple('constant.numeric.time', `${WORD_START}noon${WORD_END}(?=\\s+of)`),
    ],
  },
  phrase: {
    patterns: [
      { match: `${WORD_START}(aim)\\s+(to)${WORD_END}`, captures: scopes('keyword.other.modal', 'keyword.other.modal') },
      { match: `(^\\s*|[{]\\s*)(working)\\s+(days)${WORD_END}`, captures: scopes('', 'keyword.other.part', 'keyword.other.part') },
      ...Object.entries(PHRASES).flatMap(([name, phrases]) => phrases.map(text => simple(name, `${WORD_START}${phrase(text)}${WORD_END}`))),
    ],
  },
  keyword: {
    patterns: Object.entries(KEYWORDS).flatMap(([name, words]) => {
      const plain = words.filter(one => !(one in NEEDS));
      const rest = words.filter(one => one in NEEDS);
      return [
        ...(plain.length ? [simple(name, word(plain))] : []),
        ...rest.map(one => simple(name, `${word([one])}${NEEDS[one]}`)),
      ];
    }),
  },
  name: simple('variable.other', `${WORD_START}${NAME}${WORD_END}`),
  brackets: simple('punctuation.section', '[{}()\\[\\]]'),
  comma: simple('punctuation.separator.comma', ','),
  colon: simple('punctuation.separator.colon', ':'),
};

const grammar = {
  $schema: 'https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json',
  information_for_contributors: 'Written by grammar/write.mjs: change that, and run `npm run grammar`.',
  name: 'Servanda',
  scopeName: 'source.servanda',
  fileTypes: ['clause'],
  patterns: include(
    ...COMMON, 'use', 'event', 'state', 'reference', 'parameters', 'apply', 'declaration', 'time-of-day', 'instant',
    'day-of-month', 'deferral', 'pattern', 'actor', 'field-access', 'bookkeeping', 'amount', 'comparison', 'list', 'phrase', 'boolean',
    'keyword', 'call', 'name', 'brackets', 'comma', 'colon',
  ),
  repository,
};

const path = new URL('../syntaxes/servanda.tmLanguage.json', import.meta.url);
const text = `${JSON.stringify(grammar, null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    console.error('syntaxes/servanda.tmLanguage.json is not what grammar/write.mjs writes: run `npm run grammar`');
    process.exit(1);
  }
} else {
  writeFileSync(path, text);
}
