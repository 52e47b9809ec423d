; No node is named by two patterns, since editors differ in which of them would win.

(comment) @comment

(text) @string
(escape_sequence) @string.escape
[ (date) (instant) (clock_time) ] @string.special
[ (integer) (decimal) ] @number
(scale) @number
"%" @number
[ (unit) (currency) (calendar_period) ] @type
(boolean) @constant.builtin

; ---- What is declared

(agreement name: (identifier) @module)
(party name: (identifier) @constant)
(event_declaration name: (identifier) @type)
(state_declaration name: (identifier) @variable)
(state_key key: (identifier) @type)
(reference name: (identifier) @constant)
(define name: (identifier) @function)
(template name: (identifier) @function)
(clause name: (identifier) @function)
(parameter name: (identifier) @variable.parameter)
(field_declaration name: (field_name) @property)

; ---- What is used

(apply template: (identifier) @function)
(named_argument name: (identifier) @variable.parameter)
(permission clause: (identifier) @function)
(call name: (identifier) @function)

[ (named_type (identifier)) (any_money) ] @type
(field_type event: (identifier) @type)
(pattern event: (identifier) @type)
(setter event: (identifier) @type)
(for_every kind: (identifier) @type)
(enumeration_value) @constant

(pattern binding: (identifier) @variable)
(setter binding: (identifier) @variable)
(for_every binding: (identifier) @variable)
(field_access binding: (identifier) @variable)
(field_access field: (field_name) @property)
(field_type field: (field_name) @property)
(identity by: (field_name) @property)
(corrected key: (field_name) @property)
(retracted key: (field_name) @property)

(actors (identifier) @constant)
(comparison (identifier) @constant)
(list (identifier) @constant)
(initially (identifier) @constant)
(setter key: (identifier) @constant)
(setter value: (identifier) @constant)
(reference value: (identifier) @constant)
(named_argument value: (identifier) @constant)
(floor (identifier) @constant)
(ceiling (identifier) @constant)
(percentage (identifier) @constant)
(arguments (identifier) @variable)

(severity level: (identifier) @constant)
(tag) @label

; ---- Words and signs

(weekday) @constant.builtin
(modal) @keyword

[
  "agreement" "use" "event" "state" "reference" "define" "template" "apply" "clause" "party"
] @keyword

[
  "cites" "severity" "tags"
  "in" "force" "from" "to" "for" "time" "zone" "working" "holidays"
  "identified" "corrected" "retracted" "by" "set" "of" "money" "optional" "initially" "sets" "as"
  "suspended" "resumed" "terminated" "succeeded" "extended" "after" "waived"
  "when" "then" "where" "otherwise" "until" "before" "within" "between" "excused"
  "may" "conduct" "despite" "ensure" "avoid" "maintain"
  "at" "least" "exactly" "more" "than" "every" "each" "any"
  "the" "next" "deferred"
  "first" "last" "third" "fourth" "fifth" "sixth" "seventh" "eighth" "ninth" "tenth" "eleventh" "twelfth"
  "some" "no" "share" "with" "total" "average" "lowest" "highest" "distinct"
] @keyword

; Elsewhere these are units of time.
(working_days "days" @keyword)
(working_length [ "days" "day" ] @keyword)
(deferral "day" @keyword)
(by_month_day [ "day" "second" "month" ] @keyword)

[ "if" "unless" ] @keyword.conditional

[ "and" "or" "not" "includes" ] @keyword.operator

[ "==" "!=" "<=" ">=" "<" ">" "=" "|" ] @operator
[ "{" "}" "(" ")" "[" "]" ] @punctuation.bracket
[ "," ":" "." ] @punctuation.delimiter
