; What is named in a clause, a setter or a predicate is known there alone.

[
  (source_file)
  (template)
  (define)
  (clause)
  (setter)
] @local.scope

(pattern binding: (identifier) @local.definition)
(setter binding: (identifier) @local.definition)
(for_every binding: (identifier) @local.definition)
(parameter name: (identifier) @local.definition)

(field_access binding: (identifier) @local.reference)
(comparison (identifier) @local.reference)
(arguments (identifier) @local.reference)
(actors (identifier) @local.reference)
