[
  (agreement_body)
  (event_body)
  (state_body)
  (template_body)
  (clause_body)
  (parameters)
  (named_arguments)
] @fold
