/**
 * @file Servanda rule files: the clauses of an agreement, in a form that a checker can judge.
 */

// The language's own grammar is grammar/servanda.pest, and docs/language.md says what the forms mean. What differs here is deliberate: an editor
// reads texts that are being written, so that this grammar takes some things that the checker refuses with a better message (a decimal with no unit
// where a count is asked for, parts of a clause in any order), and never the other way round.

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

/** Words that can follow a name or a condition, so that the language keeps them: the rule `reserved` of grammar/servanda.pest. */
const RESERVED = [
  'when', 'where', 'if', 'unless', 'within', 'by', 'in', 'from', 'to', 'for', 'otherwise', 'must', 'should', 'aim', 'may', 'and', 'or', 'not',
  'includes', 'before', 'sets', 'some', 'no', 'cites', 'severity', 'tags', 'true', 'false', 'until', 'after', 'each', 'every', 'at', 'of',
  'initially', 'ensure', 'avoid', 'maintain', 'optional', 'waived', 'suspended', 'resumed', 'terminated', 'succeeded', 'despite', 'between',
  'excused', 'with', 'then', 'extended',
];

/** What starts a declaration that is read in a clause too, and is a name elsewhere. */
const STRAYS = ['agreement', 'define', 'event', 'template'];

/** What can follow the pattern of an event, in a clause or in an agreement, and be the event's name itself. */
const OPENERS = [...STRAYS, 'apply', 'holidays', 'party', 'state', 'time', 'working'];

const MEASURES = ['total', 'average', 'lowest', 'highest', 'distinct'];
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const ORDINALS = [
  'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth', 'eleventh', 'twelfth',
];
const UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'];
const SCALES = ['thousand', 'million', 'billion', 'trillion'];

/** One or more, between commas, with a comma after the last one or not. */
const listed = (/** @type {RuleOrLiteral} */ rule) => seq(rule, repeat(seq(',', rule)), optional(','));

module.exports = grammar({
  name: 'servanda',

  word: $ => $.identifier,

  extras: $ => [/[ \t\r\n\uFEFF]/, $.comment],

  reserved: {
    // The language lets `clause` be a name. Here it starts a clause wherever it can, so that one whose end is yet to be written does not swallow
    // the next; only a field can have this name. So it is with what starts other declarations, where the type of an event is asked for.
    global: _ => [...RESERVED, 'clause'],
    event: _ => [...RESERVED, 'clause', 'define', 'event', 'template'],
    none: _ => [],
  },

  supertypes: $ => [$.declaration, $.condition, $.operand, $.type],

  conflicts: $ => [
    [$.pattern],
    [$.money, $.number],
    [$.condition, $.or],
    [$._event, $.figure],
    [$._negation, $.comparison],
    [$.or],
    [$.lead_time, $.within],
    [$.for_every, $._path],
    [$._conjunction, $.and],
    [$.and],
    [$.by_month_day],
    [$.figure, $._fixed_limit],
    [$._duration, $._count],
  ],

  rules: {
    source_file: $ => repeat($.declaration),

    declaration: $ => choice(
      $.use,
      $.agreement,
      $.event_declaration,
      $.state_declaration,
      $.reference,
      $.define,
      $.template,
      $.clause,
    ),

    comment: _ => token(seq('#', /[^\n]*/)),

    use: $ => seq('use', field('path', $.text)),

    // ---- Agreements

    agreement: $ => seq('agreement', field('name', $._name), field('title', optional($.text)), field('body', $.agreement_body)),
    agreement_body: $ => seq('{', repeat($._agreement_part), '}'),
    _agreement_part: $ => choice(
      $.in_force,
      $.time_zone,
      $.working_days,
      $.holidays,
      $.party,
      $.cites,
      $.life,
      $.extension,
      $.apply,
      $.clause,
      $._stray_in_agreement,
    ),
    _stray_in_agreement: $ => choice($.agreement, $.event_declaration, $.state_declaration, $.define, $.template),

    in_force: $ => seq('in', 'force', 'from', field('from', $._date), optional(choice(
      seq('for', field('length', $._duration)),
      seq('to', field('to', $._date)),
    ))),
    time_zone: $ => seq('time', 'zone', field('zone', $.text)),
    working_days: $ => seq('working', 'days', $.weekdays, repeat(seq(',', $.weekdays))),
    weekdays: $ => seq($.weekday, optional(seq('to', $.weekday))),
    weekday: _ => choice(...WEEKDAYS),
    holidays: $ => seq('holidays', choice(
      seq('in', field('path', $.text)),
      seq($.date, repeat(seq(',', $.date))),
    )),
    party: $ => seq('party', field('name', $._name), field('title', optional($.text))),

    life: $ => seq(
      field('what', choice('suspended', 'resumed', 'terminated', 'succeeded')),
      'by',
      $.pattern,
      optional($.notice),
    ),
    notice: $ => seq('after', $._duration),
    extension: $ => seq('extended', 'by', $.pattern, choice(
      seq('for', field('length', $._duration)),
      seq('to', field('to', choice($.date, $._path))),
    )),

    apply: $ => seq('apply', field('template', $._name), field('arguments', $.named_arguments)),
    named_arguments: $ => seq('(', optional(listed($.named_argument)), ')'),
    named_argument: $ => seq(field('name', $._name), ':', field('value', $.operand)),

    // ---- Events, states and the rest

    event_declaration: $ => seq(
      'event', field('name', $._name), field('title', optional($.text)), optional($.identity), field('body', $.event_body),
    ),
    identity: $ => seq(
      'identified', 'by', field('by', $._field_name), optional($.corrected), optional($.retracted),
    ),
    corrected: $ => seq('corrected', 'by', field('key', $._field_name)),
    retracted: $ => seq('retracted', 'by', field('key', $._field_name)),
    event_body: $ => seq('{', optional(listed($.field_declaration)), '}'),
    field_declaration: $ => seq(field('name', $._field_name), ':', optional('optional'), field('type', $.type)),

    type: $ => choice($.set_type, $.money_type, $.enumeration, $.named_type),
    set_type: $ => seq('set', 'of', $.type),
    money_type: $ => seq('money', field('currency', $.currency)),
    enumeration: $ => seq($._value_name, choice(
      repeat1(seq('<', $._value_name)),
      repeat1(seq('|', $._value_name)),
    )),
    // These two start a type, and are values of an enumeration too.
    _value_name: $ => alias(choice($.identifier, $._code, 'set', 'money'), $.enumeration_value),
    named_type: $ => choice($._name, alias('set', $.identifier)),

    state_declaration: $ => seq(
      'state', field('name', $._name), optional($.state_key), ':', field('type', $.type), optional($.initially), field('body', $.state_body),
    ),
    state_key: $ => seq('of', field('key', $._name)),
    initially: $ => seq('initially', $.operand),
    state_body: $ => seq('{', repeat($.setter), '}'),
    setter: $ => seq(
      field('event', $._name),
      field('binding', optional($._name)),
      optional($.where),
      'sets',
      choice(
        seq(field('key', $.operand), 'to', field('value', $.operand)),
        seq(optional('to'), field('value', $.operand)),
      ),
    ),

    reference: $ => seq(
      'reference', field('name', $._name), field('title', optional($.text)), ':', field('type', $.type), '=', field('value', $.operand),
      repeat($.cites),
    ),

    define: $ => seq('define', field('name', $._name), field('parameters', $.parameters), 'as', field('body', $.condition)),
    parameters: $ => seq('(', optional(listed($.parameter)), ')'),
    parameter: $ => seq(field('name', $._name), ':', field('type', choice($.field_type, $.any_money, $.type))),
    field_type: $ => seq(field('event', choice($._name, alias(choice('set', 'money'), $.identifier))), $._dot, field('field', $._field)),
    any_money: _ => 'money',

    template: $ => seq('template', field('name', $._name), field('parameters', $.parameters), field('body', $.template_body)),
    template_body: $ => seq('{', repeat($.clause), '}'),

    // ---- Clauses

    clause: $ => seq('clause', field('name', $._name), field('title', optional($.text)), field('body', $.clause_body)),
    clause_body: $ => seq('{', repeat($._clause_part), '}'),
    _clause_part: $ => choice(
      $.cites,
      $.severity,
      $.tags,
      $.trigger,
      $.guard,
      $.otherwise,
      $.waived,
      $.life,
      $.extension,
      $.permission,
      $.duty,
      $._stray,
    ),
    // No clause has these in it. They are read here all the same, so that a clause whose closing brace is yet to be written leaves what follows it whole.
    _stray: $ => choice($.clause, $.event_declaration, $.define, $.template, $.agreement),

    cites: $ => seq('cites', choice($.text, $._name)),
    severity: $ => seq('severity', field('level', $._name)),
    tags: $ => seq('tags', $._tag, repeat(seq(',', $._tag))),
    _tag: $ => alias(choice($.identifier, $._code), $.tag),

    trigger: $ => seq('when', choice(
      $.repeated,
      seq($.pattern, choice($.then, repeat(seq('or', 'when', $.pattern)))),
    )),
    repeated: $ => seq($.at_least, $.pattern, optional($.for_every), 'in', 'any', $._duration),
    then: $ => seq('then', $.pattern, 'within', $._duration),
    guard: $ => seq(choice('if', 'unless'), $.condition),
    otherwise: $ => seq('otherwise', $.duty),
    waived: $ => seq('waived', 'by', $.pattern),

    permission: $ => seq($.actors, 'may', 'conduct', $.pattern, repeat($.guard), 'despite', field('clause', $._name)),

    pattern: $ => seq(field('event', $._event), field('binding', optional($._binding)), optional($.where)),
    _binding: $ => choice($._name, $._opener),
    _opener: $ => alias(choice(...OPENERS), $.identifier),
    _open_access: $ => seq(field('binding', $._opener), $._dot, field('field', $._field)),
    _open_path: $ => choice($._opener, alias($._open_access, $.field_access)),
    _event: $ => alias(choice(reserved('event', $.identifier), $._code, ...MEASURES, 'share'), $.identifier),
    where: $ => seq('where', $.condition),

    duty: $ => seq(
      $.actors, $.modal, choice($.ensure, $.avoid, $.maintain), optional($.for_every), repeat($._timing), optional($.excuse),
    ),
    actors: $ => seq(choice($._path, $._open_path), repeat(seq('and', $._path))),
    modal: _ => choice('must', 'should', seq('aim', 'to')),
    ensure: $ => seq('ensure', choice(
      seq($._figure, $.floor),
      seq(optional(choice($.at_least, $.exactly)), $.pattern),
    )),
    // Guards behind the pattern are those of the prohibition, as far as they go.
    avoid: $ => prec.right(seq('avoid', choice(
      seq($._figure, $.ceiling),
      seq(optional($.more_than), $.pattern, repeat($.guard)),
    ))),
    maintain: $ => seq('maintain', $.condition),
    at_least: $ => seq('at', 'least', $._count),
    exactly: $ => seq('exactly', $._count),
    more_than: $ => seq('more', 'than', $._count),
    for_every: $ => seq('for', 'every', choice(
      seq(field('kind', $._name), field('binding', $._binding)),
      $._path,
    )),

    // ---- Figures

    _figure: $ => choice($.share, $.figure),
    figure: $ => seq(field('measure', choice(...MEASURES)), choice($._path, $._open_path), 'of', $.pattern),
    share: $ => seq('share', 'of', $.pattern, 'with', $.condition),
    floor: $ => seq('at', 'least', $._limit),
    ceiling: $ => seq('more', 'than', $._limit),
    _limit: $ => choice(
      seq(optional(seq($.percentage, 'of')), $._figure),
      seq(optional(seq($.percentage, 'of')), $._fixed_limit),
      $.percentage,
    ),
    _fixed_limit: $ => choice($.duration, $.money, $.number, $._name, alias(choice(...MEASURES, 'share'), $.identifier)),
    percentage: $ => seq(choice($.integer, $.decimal, $._name), '%'),

    // ---- Times

    _timing: $ => choice($.lead_time, $.deadlines, $.until, $.in_each, $.in_any, $.from, $.to),
    lead_time: $ => seq(
      choice(
        seq('at', 'least', $._duration),
        seq('between', $._duration, 'and', $._duration),
        seq('within', $._duration),
      ),
      'before',
    ),
    deadlines: $ => seq($._deadline, repeat(seq('and', $._deadline))),
    _deadline: $ => choice(
      $.before,
      seq(choice($.within, $.by_month_day, $.by_date), optional($.deferral)),
    ),
    before: $ => seq('before', $.pattern),
    until: $ => seq('until', $.pattern),
    within: $ => seq('within', choice($.working_length, $._duration), optional(seq('of', $._path))),
    working_length: $ => seq($._count, 'working', choice('days', 'day')),
    by_date: $ => seq('by', $._date),
    by_month_day: $ => seq(
      'by', 'the', choice('first', 'last'), 'day', 'of', 'the', optional(choice(...ORDINALS)), 'month', 'after', optional($._path),
    ),
    deferral: $ => seq(
      'deferred', 'to', optional(seq($.clock_time, 'of')), 'the', 'next', 'working', 'day',
    ),
    clock_time: _ => choice('noon', /[0-9]{2}:[0-9]{2}/),
    in_each: $ => seq('in', 'each', choice($.calendar_period, $._duration)),
    calendar_period: _ => seq('calendar', choice('month', 'quarter', 'year')),
    in_any: $ => seq('in', 'any', $._duration),
    from: $ => seq('from', $._date),
    to: $ => seq('to', $._date),
    excuse: $ => seq('excused', 'if', $.condition),

    // ---- Conditions

    condition: $ => choice($.or, $._conjunction),
    or: $ => seq($._conjunction, repeat1(seq('or', $._conjunction))),
    _conjunction: $ => choice($.and, $._negation),
    and: $ => seq($._negation, repeat1(seq('and', $._negation))),
    _negation: $ => choice($.not, $.group, $.past, $.comparison, $.operand),
    not: $ => seq('not', $._negation),
    group: $ => seq('(', $.condition, ')'),
    past: $ => seq(
      choice('some', 'no', $.at_least), $.pattern, optional(seq('within', $._duration)), 'before',
    ),
    comparison: $ => seq(field('left', $.operand), choice(
      seq(field('operator', choice('==', '!=', '<=', '>=', '<', '>', 'includes')), field('right', $.operand)),
      seq(field('operator', 'in'), field('right', $.list)),
    )),

    operand: $ => choice(
      $.list, $.text, $.instant, $.date, $.duration, $.money, $.number, $.boolean, $.call, $._name, $.field_access,
    ),
    call: $ => seq(field('name', $._name), field('arguments', $.arguments)),
    arguments: $ => seq('(', optional(listed($.operand)), ')'),
    list: $ => seq('[', optional(listed($.operand)), ']'),
    field_access: $ => seq(field('binding', $._name), $._dot, field('field', $._field)),
    _path: $ => choice($._name, $.field_access),
    _dot: _ => token.immediate('.'),
    _field: $ => alias(token.immediate(/[_\p{XID_Start}]\p{XID_Continue}*/), $.field_name),

    // ---- Literals and names

    text: $ => seq('"', repeat(choice($.text_content, $.escape_sequence)), token.immediate('"')),
    text_content: _ => token.immediate(prec(1, /[^"\\\n]+/)),
    escape_sequence: _ => token.immediate(prec(1, /\\[^\n]/)),
    instant: _ => /[0-9]{4}-[0-9]{2}-[0-9]{2}T[A-Za-z0-9:.+-]+/,
    date: _ => /[0-9]{4}-[0-9]{2}-[0-9]{2}/,
    _date: $ => choice($.date, $._name),
    duration: $ => repeat1(seq($.integer, $.unit)),
    unit: _ => choice(...UNITS, ...UNITS.map(unit => `${unit}s`)),
    _duration: $ => choice($.duration, $._name),
    money: $ => seq(choice($.integer, $.decimal), optional($.scale), field('currency', $.currency)),
    number: $ => seq(choice($.integer, $.decimal), optional($.scale)),
    scale: _ => choice(...SCALES),
    integer: _ => /[0-9][0-9_]*/,
    decimal: _ => token(choice(/-[0-9][0-9_]*(\.[0-9]+)?/, /[0-9][0-9_]*\.[0-9]+/)),
    _count: $ => choice($.integer, $._name),
    boolean: _ => choice('true', 'false'),

    // What can be a currency is a name too; of two rules that match the same text the lexer takes the first.
    _code: _ => /[A-Z]{3}/,
    identifier: _ => /[_\p{XID_Start}]\p{XID_Continue}*/,
    currency: $ => $._code,
    _name: $ => choice($.identifier, alias($._code, $.identifier)),
    _field_name: $ => alias(choice(reserved('none', $.identifier), $._code), $.field_name),
  },
});
