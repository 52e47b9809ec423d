//! What a parser expected, in the words of a person.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::{Rule, recover};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::{SourceId, Span};

/// How a rule is named to a person; `None` for those that are never expected by themselves.
pub(super) fn phrase(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::use_decl | Rule::kw_use => "`use`",
        Rule::agreement => "an `agreement`",
        Rule::reference | Rule::kw_reference => "a `reference`",
        Rule::event_decl => "an `event`",
        Rule::state_decl => "a `state`",
        Rule::define | Rule::kw_define => "`define`",
        Rule::template | Rule::kw_template => "a `template`",
        Rule::apply | Rule::kw_apply => "`apply`",
        Rule::argument => "an argument, as in `window: 24 hours`",
        Rule::parameter_decl => "a parameter, as in `window: duration`",
        Rule::kw_as => "`as`",
        Rule::clause => "a `clause`",
        Rule::EOI => "the end of the file",
        Rule::in_force | Rule::kw_in => "`in`",
        Rule::time_zone | Rule::kw_time => "`time zone`",
        Rule::party_decl | Rule::kw_party => "`party`",
        Rule::cites | Rule::kw_cites => "`cites`",
        Rule::severity | Rule::kw_severity => "`severity`",
        Rule::tags | Rule::kw_tags => "`tags`",
        Rule::trigger | Rule::kw_when => "`when`",
        Rule::kw_if => "`if`",
        Rule::kw_unless => "`unless`",
        Rule::guard => "`if` or `unless`",
        Rule::otherwise | Rule::kw_otherwise => "`otherwise`",
        Rule::waived | Rule::kw_waived => "`waived by`",
        Rule::life | Rule::life_verb => {
            "`suspended by`, `resumed by`, `extended by`, `terminated by` or `succeeded by`"
        }
        Rule::notice => "`after`",
        Rule::permission => "a party that may do something",
        Rule::kw_may => "`may`",
        Rule::kw_conduct => "`conduct`",
        Rule::kw_despite => "`despite`",
        Rule::duty | Rule::actors => "a party that owes a duty",
        Rule::term_length | Rule::kw_for | Rule::for_every | Rule::per => "`for`",
        Rule::term_last_day | Rule::kw_to | Rule::to_date => "`to`",
        Rule::kw_from | Rule::from_date => "`from`",
        Rule::within | Rule::kw_within => "`within`",
        Rule::by_date | Rule::by_month_day | Rule::kw_by => "`by`",
        Rule::working_length => "a number of working days",
        Rule::kw_working | Rule::working_days => "`working days`",
        Rule::kw_days => "`days`",
        Rule::kw_day => "`day`",
        Rule::weekday | Rule::weekdays => "a day of the week, as in `monday`",
        Rule::holidays | Rule::kw_holidays => "`holidays`",
        Rule::deferral | Rule::kw_deferred => "`deferred to`",
        Rule::clock_time => "a time of day, as in `noon` or `17:00`",
        Rule::kw_the => "`the`",
        Rule::kw_next => "`next`",
        Rule::month_end => "`first` or `last`",
        Rule::ordinal => "`second`, `third`, ...",
        Rule::kw_month => "`month`",
        Rule::kw_after => "`after`",
        Rule::extended => "`extended by`",
        Rule::extension => "`for` a time or `to` a day",
        Rule::excuse | Rule::kw_excused => "`excused if`",
        Rule::lead_time => "`at least`, `between` or `within`",
        Rule::lead_at_least => "`at least`",
        Rule::lead_between | Rule::kw_between => "`between`",
        Rule::lead_within => "`within`",
        Rule::deadlines | Rule::deadline => "`within`, `by` or `before`",
        Rule::before_event => "`before`",
        Rule::until | Rule::kw_until => "`until`",
        Rule::in_each => "`in each`",
        Rule::in_any => "`in any`",
        Rule::kw_any => "`any`",
        Rule::figure => "a figure (`total`, `share of`, ...)",
        Rule::measure => "`total`, `average`, `lowest`, `highest` or `distinct`",
        Rule::share | Rule::kw_share => "`share of`",
        Rule::kw_with => "`with`",
        Rule::limit => "what it is held against",
        Rule::percent => "a percentage, as in `99.9 %`",
        Rule::modal => "`must` (`should`, `aim to`)",
        Rule::kw_must => "`must`",
        Rule::kw_should => "`should`",
        Rule::kw_aim => "`aim to`",
        Rule::verb => "`ensure`, `avoid` or `maintain`",
        Rule::ensure | Rule::kw_ensure => "`ensure`",
        Rule::avoid | Rule::kw_avoid => "`avoid`",
        Rule::maintain | Rule::kw_maintain => "`maintain`",
        Rule::at_least | Rule::repeated | Rule::floor | Rule::kw_at => "`at least`",
        Rule::exactly | Rule::kw_exactly => "`exactly`",
        Rule::more_than | Rule::ceiling | Rule::kw_more => "`more than`",
        Rule::where_part | Rule::kw_where => "`where`",
        Rule::kw_and => "`and`",
        Rule::kw_or => "`or`",
        Rule::kw_not | Rule::not_condition => "`not`",
        Rule::kw_includes => "`includes`",
        Rule::kw_before => "`before`",
        Rule::kw_each => "`each`",
        Rule::kw_every => "`every`",
        Rule::kw_force => "`force`",
        Rule::kw_zone => "`zone`",
        Rule::kw_calendar | Rule::calendar_period => "`calendar`",
        Rule::calendar_unit => "`month`, `quarter` or `year`",
        Rule::kw_least => "`least`",
        Rule::kw_than => "`than`",
        Rule::then | Rule::kw_then => "`then`",
        Rule::kw_of | Rule::state_key => "`of`",
        Rule::kw_set | Rule::set_type => "`set of`",
        Rule::kw_sets => "`sets`",
        Rule::kw_initially | Rule::initially => "`initially`",
        Rule::kw_optional => "`optional`",
        Rule::kw_some | Rule::past_some => "`some`",
        Rule::kw_no | Rule::past_no => "`no`",
        Rule::kw_money | Rule::money_type => "`money`",
        Rule::kw_agreement => "`agreement`",
        Rule::kw_event => "`event`",
        Rule::kw_state => "`state`",
        Rule::kw_clause => "`clause`",
        Rule::compare_op => "a comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`)",
        Rule::name => "a name",
        Rule::binding | Rule::setter_binding => "a name for the event",
        Rule::identity | Rule::kw_identified => "`identified by`",
        Rule::corrected_by | Rule::kw_corrected => "`corrected by`",
        Rule::retracted_by | Rule::kw_retracted => "`retracted by`",
        Rule::field_decl => "a field, as in `id: text`",
        Rule::field_name => "a field's name",
        Rule::named_type | Rule::plain_enum | Rule::ordered_enum => "a type",
        Rule::setter => "an event that sets the state",
        Rule::pattern => "an event's name",
        Rule::path => "a name",
        Rule::condition | Rule::conjunction | Rule::negation | Rule::comparison | Rule::group | Rule::past => {
            "a condition"
        }
        Rule::call => "a state or a predicate",
        Rule::setter_key => "a key",
        Rule::list => "a list in `[ ]`",
        Rule::text => "a text in quotes",
        Rule::instant => "an instant",
        Rule::date | Rule::day => "a day, as in `2024-06-13`",
        Rule::duration | Rule::length | Rule::duration_part => "a duration, as in `24 hours`",
        Rule::duration_unit => "a unit of time (`hours`, `days`, `months`, ...)",
        Rule::money => "an amount of money, as in `100 EUR`",
        Rule::number | Rule::amount | Rule::integer | Rule::count => "a number",
        Rule::scale => "`thousand`, `million` or `billion`",
        Rule::currency => "a currency's three letters",
        Rule::boolean => "`true` or `false`",
        _ => return None,
    })
}

/// Whether a rule is a word of the language, which the syntax tree does not keep.
pub(super) fn is_keyword(rule: Rule) -> bool {
    // `kw_optional` is left out: it stands for itself in a field.
    matches!(
        rule,
        Rule::kw_after
            | Rule::kw_agreement
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
            | Rule::kw_corrected
            | Rule::kw_day
            | Rule::kw_days
            | Rule::kw_deferred
            | Rule::kw_define
            | Rule::kw_conduct
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
            | Rule::kw_holidays
            | Rule::kw_identified
            | Rule::kw_if
            | Rule::kw_in
            | Rule::kw_includes
            | Rule::kw_initially
            | Rule::kw_least
            | Rule::kw_maintain
            | Rule::kw_may
            | Rule::kw_money
            | Rule::kw_month
            | Rule::kw_more
            | Rule::kw_must
            | Rule::kw_next
            | Rule::kw_no
            | Rule::kw_not
            | Rule::kw_of
            | Rule::kw_or
            | Rule::kw_otherwise
            | Rule::kw_party
            | Rule::kw_reference
            | Rule::kw_set
            | Rule::kw_retracted
            | Rule::kw_sets
            | Rule::kw_severity
            | Rule::kw_share
            | Rule::kw_should
            | Rule::kw_some
            | Rule::kw_state
            | Rule::kw_tags
            | Rule::kw_template
            | Rule::kw_than
            | Rule::kw_the
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
            | Rule::kw_working
            | Rule::kw_zone
            | Rule::EOI
    )
}

/// Words that can start a line of a file, a clause or an agreement, or follow within one.
const WORDS: [&str; 77] = [
    "reference",
    "agreement",
    "event",
    "state",
    "clause",
    "use",
    "define",
    "template",
    "apply",
    "party",
    "cites",
    "severity",
    "tags",
    "when",
    "where",
    "if",
    "unless",
    "within",
    "by",
    "in",
    "each",
    "calendar",
    "month",
    "quarter",
    "year",
    "from",
    "to",
    "for",
    "every",
    "otherwise",
    "waived",
    "suspended",
    "resumed",
    "extended",
    "terminated",
    "succeeded",
    "after",
    "may",
    "conduct",
    "despite",
    "must",
    "should",
    "ensure",
    "avoid",
    "maintain",
    "and",
    "or",
    "not",
    "includes",
    "before",
    "sets",
    "some",
    "initially",
    "optional",
    "hours",
    "days",
    "months",
    "years",
    "minutes",
    "any",
    "total",
    "average",
    "lowest",
    "highest",
    "distinct",
    "share",
    "with",
    "working",
    "day",
    "holidays",
    "deferred",
    "noon",
    "next",
    "first",
    "last",
    "the",
    "after",
];

/// A parse error as a diagnostic. `base` is where `text` starts in its file.
pub(super) fn describe(error: &Error<Rule>, text: &str, source: SourceId, base: usize) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let found = recover::tokens(&text[at..])
        .next()
        .map(|token| at + token.start..at + token.end);
    let span = |range: std::ops::Range<usize>| Span::of(source, base + range.start..base + range.end);
    let expected = expectation(error);
    let Some(found) = found else {
        return at_the_end(text, &expected, span);
    };
    let word = &text[found.clone()];
    // A misspelt word is often taken for a name, so that the parser stops at the word after it.
    let before = recover::tokens(&text[..at]).last();
    let misspelt = |range: std::ops::Range<usize>| {
        let word = &text[range.clone()];
        let meant = nearest(word, WORDS).filter(|meant| *meant != word && word.len() > 2)?;
        (!WORDS.contains(&word)).then_some((range, meant))
    };
    // What people bring from other languages is no misspelling of the word that happens to be nearest.
    let hint = hint(word, &text[..at], &text[at..]);
    if hint.is_none()
        && let Some((range, meant)) = misspelt(found.clone()).or_else(|| before.clone().and_then(misspelt))
    {
        let word = &text[range.clone()];
        let message = format!("`{word}` is not a word of the language here");
        return Diagnostic::error(Code::Syntax, message, span(range), format!("expected {expected}"))
            .help(format!("did you mean `{meant}`?"))
            .meant(word, &WORDS);
    }
    if word.starts_with('"') && !(word.len() > 1 && word.ends_with('"')) {
        return Diagnostic::error(
            Code::Syntax,
            "this text has no closing quote",
            span(found),
            "it starts here",
        )
        .help("a text ends with `\"` on the line that it starts on");
    }
    let diagnostic = Diagnostic::error(
        Code::Syntax,
        format!("`{}` cannot stand here", shorten(word)),
        span(found),
        format!("expected {expected}"),
    );
    diagnostic.help_if(hint)
}

fn shorten(word: &str) -> String {
    if word.chars().count() > 32 {
        let start: String = word.chars().take(30).collect();
        format!("{}…", start.escape_debug())
    } else {
        word.escape_debug().to_string()
    }
}

fn at_the_end(text: &str, expected: &str, span: impl Fn(std::ops::Range<usize>) -> Span) -> Diagnostic {
    let last = recover::tokens(text).last().unwrap_or(0..0);
    let depth = recover::tokens(text).fold(0_i64, |depth, token| match &text[token] {
        "{" => depth + 1,
        "}" => depth - 1,
        _ => depth,
    });
    if depth > 0 {
        let open = recover::tokens(text).find(|token| &text[token.clone()] == "{");
        let open = open.unwrap_or(last.clone());
        return Diagnostic::error(
            Code::Syntax,
            "this declaration is not closed",
            span(last),
            format!("after this, expected {expected}"),
        )
        .also(span(open), "the bracket that is open")
        .help("close it with `}`");
    }
    Diagnostic::error(
        Code::Syntax,
        "the declaration ends too early",
        span(last),
        format!("after this, expected {expected}"),
    )
}

/// What to do, for mistakes that people coming from other languages make.
fn hint(word: &str, before: &str, after: &str) -> Option<String> {
    let previous = recover::tokens(before).last().map(|token| before[token].to_owned());
    if after.starts_with("==") {
        let mut earlier: Vec<&str> = recover::tokens(before).map(|token| &before[token]).collect();
        earlier.pop();
        let state = previous.filter(|_| earlier.last() == Some(&"state"))?;
        return Some(format!("a state is asked for by its name alone: `{state} == ...`"));
    }
    let hint = match (previous.as_deref(), word) {
        (_, ";") => "lines do not end with `;`",
        (_, "'") => "texts are written in double quotes",
        (_, "=") => "sameness is written `==`",
        (_, "&") => "write `and`",
        (_, "|") => "write `or`",
        (_, "!") => "write `not`",
        (_, "/") => "a comment starts with `#`",
        (_, "after") => "a guard looks only at the past: what comes after the trigger is a duty, due `within` a time",
        (_, "shall" | "will") => "a binding duty is written `must`, a best effort `should`, an aim `aim to`",
        (Some("each"), "month" | "quarter" | "year") => {
            "write `in each calendar month` for the civil calendar's periods, or `in each 1 month` to count from the start of the term"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// A person does not read a longer list.
const MOST_EXPECTED: usize = 6;

/// "`must`, `should` or `aim to`": what the parser could have read, shortest list that a person can use.
fn expectation(error: &Error<Rule>) -> String {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return "something else".to_owned();
    };
    let mut phrases: Vec<&str> = positives.iter().filter_map(|&rule| phrase(rule)).collect();
    phrases.sort_unstable();
    phrases.dedup();
    match phrases.as_slice() {
        [] => "something else".to_owned(),
        [only] => (*only).to_owned(),
        [start @ .., _] if start.len() >= MOST_EXPECTED => {
            let shown = start[..MOST_EXPECTED].join(", ");
            format!("{shown} or another of {} words", phrases.len())
        }
        [start @ .., last] => format!("{} or {last}", start.join(", ")),
    }
}
