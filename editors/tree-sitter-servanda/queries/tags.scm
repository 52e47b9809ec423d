(
  (comment)* @doc
  .
  (agreement name: (identifier) @name) @definition.module
  (#strip! @doc "^#\\s*")
  (#select-adjacent! @doc @definition.module)
)
(
  (comment)* @doc
  .
  (event_declaration name: (identifier) @name) @definition.class
  (#strip! @doc "^#\\s*")
  (#select-adjacent! @doc @definition.class)
)
(
  (comment)* @doc
  .
  (clause name: (identifier) @name) @definition.function
  (#strip! @doc "^#\\s*")
  (#select-adjacent! @doc @definition.function)
)
(state_declaration name: (identifier) @name) @definition.constant
(reference name: (identifier) @name) @definition.constant
(party name: (identifier) @name) @definition.constant
(define name: (identifier) @name) @definition.function
(template name: (identifier) @name) @definition.macro

(pattern event: (identifier) @name) @reference.class
(setter event: (identifier) @name) @reference.class
(apply template: (identifier) @name) @reference.call
(call name: (identifier) @name) @reference.call
(permission clause: (identifier) @name) @reference.call
