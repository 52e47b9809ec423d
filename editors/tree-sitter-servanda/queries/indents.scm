; Neovim. Other editors indent by the brackets alone.

[
  (agreement_body)
  (event_body)
  (state_body)
  (template_body)
  (clause_body)
  (parameters)
  (named_arguments)
  (arguments)
  (group)
  (list)
] @indent.begin

; A statement that goes on in the next line.
[
  (duty)
  (trigger)
  (permission)
  (reference)
  (define)
] @indent.begin

[ "}" ")" "]" ] @indent.branch @indent.end

(comment) @indent.auto
