//! How each rule of the grammar is laid out.

use super::super::Rule;

/// How what a rule matches is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One word, in which nothing moves.
    Word,
    /// On one line; what it is made of may break.
    Inline,
    /// Inline, and it starts a line when the statement that it is a part of is broken, unless it is a statement by itself; it can also be broken
    /// before these words.
    Part(&'static [Rule]),
    /// A part that is broken or not by itself, before these words.
    OwnPart(&'static [Rule]),
    /// Inline; the statement can also be broken before these words.
    Breaks(&'static [Rule]),
    /// Inline; the statement can also be broken before these words, and each thing that it is made of is broken or not by itself.
    Series(&'static [Rule]),
    /// Inline, and what it is made of stands further to the right.
    Deep,
    /// It is broken or not by itself: before these words, and before its parts.
    Own(&'static [Rule]),
    /// Alternatives or conjuncts: it is broken before each of these words, or before none.
    Chain(&'static [Rule]),
    /// An enumeration: it is broken before each sign, or before none.
    Enumeration,
    /// Inline, with things between commas: it is broken after each comma, or after none.
    Commas,
    /// Round or square brackets around a list, after what it is a list for.
    List,
    /// Round brackets around a condition.
    Group,
    /// A heading, and braces with a statement on each line.
    Block,
    /// A heading, and braces with fields.
    Fields,
    /// Declarations.
    File,
    /// Nothing that has a place of its own in the text.
    Nothing,
}

/// The layout of a rule. There is no arm for the rest: a new rule of the grammar is given its layout here.
pub(super) fn shape(rule: Rule) -> Shape {
    match rule {
        Rule::file => Shape::File,
        Rule::agreement | Rule::state_decl | Rule::template_body | Rule::clause => Shape::Block,
        Rule::event_decl => Shape::Fields,
        Rule::call | Rule::list | Rule::parameters | Rule::apply => Shape::List,
        Rule::group => Shape::Group,
        Rule::condition => Shape::Chain(&[Rule::kw_or]),
        Rule::conjunction => Shape::Chain(&[Rule::kw_and]),
        Rule::plain_enum | Rule::ordered_enum => Shape::Enumeration,
        Rule::tags | Rule::holidays | Rule::working_days => Shape::Commas,
        Rule::past => Shape::Own(&[Rule::kw_within]),
        Rule::define => Shape::Breaks(&[Rule::kw_as]),
        Rule::reference => Shape::Breaks(&[Rule::cites]),
        Rule::trigger => Shape::Series(&[Rule::kw_or]),
        Rule::repeated => Shape::Breaks(&[Rule::kw_in]),
        Rule::setter => Shape::Breaks(&[Rule::kw_sets]),
        Rule::share => Shape::Breaks(&[Rule::kw_with]),
        Rule::permission => Shape::Breaks(&[Rule::kw_despite]),
        Rule::maintain => Shape::Deep,
        Rule::where_part
        | Rule::guard
        | Rule::for_every
        | Rule::per
        | Rule::floor
        | Rule::ceiling
        | Rule::lead_time
        | Rule::in_each
        | Rule::in_any
        | Rule::from_date
        | Rule::to_date
        | Rule::notice
        | Rule::extension
        | Rule::until
        | Rule::excuse => Shape::Part(&[]),
        Rule::deadlines => Shape::OwnPart(&[Rule::kw_and]),
        Rule::then => Shape::Part(&[Rule::kw_within]),
        Rule::use_decl
        | Rule::in_force
        | Rule::term_length
        | Rule::term_last_day
        | Rule::time_zone
        | Rule::party_decl
        | Rule::identity
        | Rule::corrected_by
        | Rule::retracted_by
        | Rule::field_decl
        | Rule::set_type
        | Rule::money_type
        | Rule::named_type
        | Rule::state_key
        | Rule::initially
        | Rule::setter_binding
        | Rule::setter_key
        | Rule::parameter_decl
        | Rule::field_type
        | Rule::any_money
        | Rule::template
        | Rule::argument
        | Rule::parameter
        | Rule::cites
        | Rule::severity
        | Rule::otherwise
        | Rule::waived
        | Rule::life
        | Rule::pattern
        | Rule::binding
        | Rule::duty
        | Rule::actors
        | Rule::modal
        | Rule::ensure
        | Rule::avoid
        | Rule::at_least
        | Rule::exactly
        | Rule::more_than
        | Rule::figure
        | Rule::limit
        | Rule::percent
        | Rule::lead_at_least
        | Rule::lead_between
        | Rule::lead_within
        | Rule::weekdays
        | Rule::deadline
        | Rule::deferral
        | Rule::within
        | Rule::working_length
        | Rule::by_month_day
        | Rule::by_date
        | Rule::before_event
        | Rule::calendar_period
        | Rule::negation
        | Rule::not_condition
        | Rule::past_some
        | Rule::past_no
        | Rule::comparison
        | Rule::date
        | Rule::duration
        | Rule::length
        | Rule::duration_part
        | Rule::money
        | Rule::number
        | Rule::count => Shape::Inline,
        Rule::name
        | Rule::field_name
        | Rule::path
        | Rule::text
        | Rule::text_inner
        | Rule::instant
        | Rule::day
        | Rule::duration_unit
        | Rule::amount
        | Rule::scale
        | Rule::currency
        | Rule::integer
        | Rule::boolean
        | Rule::compare_op
        | Rule::measure
        | Rule::life_verb
        | Rule::extended
        | Rule::calendar_unit
        | Rule::weekday
        | Rule::clock_time
        | Rule::month_end
        | Rule::ordinal
        | Rule::reserved => Shape::Word,
        Rule::kw_agreement
        | Rule::kw_after
        | Rule::kw_day
        | Rule::kw_days
        | Rule::kw_deferred
        | Rule::kw_holidays
        | Rule::kw_identified
        | Rule::kw_corrected
        | Rule::kw_retracted
        | Rule::kw_month
        | Rule::kw_next
        | Rule::kw_the
        | Rule::kw_working
        | Rule::kw_aim
        | Rule::kw_and
        | Rule::kw_any
        | Rule::kw_apply
        | Rule::kw_as
        | Rule::kw_at
        | Rule::kw_avoid
        | Rule::kw_before
        | Rule::kw_between
        | Rule::kw_by
        | Rule::kw_calendar
        | Rule::kw_cites
        | Rule::kw_clause
        | Rule::kw_conduct
        | Rule::kw_define
        | Rule::kw_despite
        | Rule::kw_each
        | Rule::kw_ensure
        | Rule::kw_event
        | Rule::kw_every
        | Rule::kw_exactly
        | Rule::kw_excused
        | Rule::kw_for
        | Rule::kw_force
        | Rule::kw_from
        | Rule::kw_if
        | Rule::kw_in
        | Rule::kw_includes
        | Rule::kw_initially
        | Rule::kw_least
        | Rule::kw_maintain
        | Rule::kw_may
        | Rule::kw_money
        | Rule::kw_more
        | Rule::kw_must
        | Rule::kw_no
        | Rule::kw_not
        | Rule::kw_of
        | Rule::kw_optional
        | Rule::kw_or
        | Rule::kw_otherwise
        | Rule::kw_party
        | Rule::kw_reference
        | Rule::kw_set
        | Rule::kw_sets
        | Rule::kw_severity
        | Rule::kw_share
        | Rule::kw_should
        | Rule::kw_some
        | Rule::kw_state
        | Rule::kw_tags
        | Rule::kw_template
        | Rule::kw_than
        | Rule::kw_then
        | Rule::kw_time
        | Rule::kw_to
        | Rule::kw_unless
        | Rule::kw_until
        | Rule::kw_use
        | Rule::kw_waived
        | Rule::kw_when
        | Rule::kw_where
        | Rule::kw_with
        | Rule::kw_within
        | Rule::kw_zone => Shape::Word,
        // The end of the text, and rules that leave no pairs.
        Rule::EOI
        | Rule::WHITESPACE
        | Rule::COMMENT
        | Rule::item
        | Rule::single_item
        | Rule::agreement_part
        | Rule::type_expr
        | Rule::clause_part
        | Rule::opens_part
        | Rule::owes
        | Rule::verb
        | Rule::timing
        | Rule::fixed_limit
        | Rule::atom
        | Rule::operand
        | Rule::literal
        | Rule::date_shape
        | Rule::name_start
        | Rule::name_char => Shape::Nothing,
    }
}
