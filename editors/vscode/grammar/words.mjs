// The words of the language, by what they do. tests/editors.rs holds them to grammar/servanda.pest.

/** Words that can follow a name or a condition, so that the language keeps them. */
export const RESERVED = [
  'when', 'where', 'if', 'unless', 'within', 'by', 'in', 'from', 'to', 'for', 'otherwise', 'must', 'should', 'aim', 'may', 'and', 'or', 'not',
  'includes', 'before', 'sets', 'some', 'no', 'cites', 'severity', 'tags', 'true', 'false', 'until', 'after', 'only', 'each', 'every', 'at', 'of',
  'initially', 'ensure', 'avoid', 'maintain', 'optional', 'waived', 'suspended', 'resumed', 'terminated', 'succeeded', 'despite', 'between',
  'excused', 'with', 'then', 'extended',
];

/** Words that start a declaration, whatever follows it. */
export const DECLARATIONS = ['agreement', 'event', 'state', 'reference', 'define', 'template', 'clause', 'use'];

/** What is done by an event. */
export const BY_EVENT = ['waived', 'suspended', 'resumed', 'terminated', 'succeeded', 'extended'];

/** What of two or more words is one thing. Between them stands white space. */
export const PHRASES = {
  'keyword.other.part': [
    'in force from', 'time zone', 'excused if',
  ],
  'keyword.other.quantity': ['at least', 'more than', 'for every', 'share of'],
  'keyword.other.time': [
    'in each calendar month', 'in each calendar quarter', 'in each calendar year', 'in each', 'in any', 'working days', 'working day',
  ],
};

export const KEYWORDS = {
  'keyword.control': ['when', 'then', 'where', 'if', 'unless', 'otherwise', 'with', 'despite', 'excused'],
  'keyword.other.modal': ['must', 'should'],
  'keyword.other.verb': ['ensure', 'avoid', 'maintain'],
  'keyword.operator.logical': ['and', 'or', 'not', 'includes'],
  'keyword.other.quantity': ['exactly', 'some', 'no', 'total', 'average', 'lowest', 'highest', 'distinct'],
  'keyword.other.time': ['within', 'before', 'until', 'after', 'between', 'from', 'to', 'by', 'noon', 'in', 'each', 'every', 'for', 'of', 'at'],
  'keyword.other.part': [
    'cites', 'severity', 'tags', 'holidays', 'sets', 'initially', 'as',
  ],
  'storage.modifier': ['optional'],
  'constant.language.weekday': ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
  // Kept by the language, and in no form yet.
  'invalid.illegal': ['only'],
};

/** Where a word that can be a name elsewhere is none: `total f.amount of`, `exactly 2`. */
export const NEEDS = {
  total: '(?=\\s+[\\p{L}_])', average: '(?=\\s+[\\p{L}_])', lowest: '(?=\\s+[\\p{L}_])', highest: '(?=\\s+[\\p{L}_])', distinct: '(?=\\s+[\\p{L}_])',
  exactly: '(?=\\s+[\\p{L}_\\d])',
};

export const ORDINALS = [
  'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth', 'eleventh', 'twelfth',
];
export const UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'];
export const SCALES = ['thousand', 'million', 'billion', 'trillion'];
export const MEASURES = ['total', 'average', 'lowest', 'highest', 'distinct'];

/** Types that are no words of the grammar, but names that the checker knows. */
export const TYPES = ['party', 'text', 'number', 'bool', 'instant', 'date', 'duration', 'event'];
