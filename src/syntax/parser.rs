//! Pest's pairs to declarations and clauses.

use std::iter::Peekable;

use pest::Parser as _;
use pest::iterators::{Pair, Pairs};

use super::ast::{
    Agreement, AgreementPart, Bound, Clause, ClausePart, Count, Deadline, DeadlineKind, Direction, Duty, EventDecl,
    Extension, FieldDecl, File, ForEvery, Guard, Identity, Item, LeadTime, LifeRule, LifeVerb, Literal, Modal, Name,
    Path, Pattern, Permission, Reference, Repeated, Setter, StateDecl, TermEnd, Text, Timing, Trigger, TypeExpr, Verb,
    Weekdays,
};
use super::reuse::Literals;
use super::{Grammar, Rule, expected, recover};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, SourceMap, Span, Spanned};
use crate::time::{Cadence, CalendarUnit, ClockTime, Date, DayOfMonth, Duration, MonthEnd, ORDINALS, Respite, Weekday};

/// What a rule file was parsed to.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Which file it is.
    pub source: SourceId,
    /// The declarations that could be read.
    pub file: File,
    /// The names of declarations that could not be read: their absence is no mistake of those who use them.
    pub broken: Vec<String>,
    /// The pieces of the file that could not be read.
    pub unread: Vec<Span>,
    /// The mistakes.
    pub diagnostics: Vec<Diagnostic>,
    /// What the file contributes to a run.
    pub role: Role,
    /// Whether a file that it uses could not be read: what only that may have declared is no mistake of those who use it.
    pub lacks_files: bool,
    /// What the files say that its agreements name for their holidays; those that are not here could not be read.
    pub holidays: Vec<HolidayFile>,
}

/// The holidays that a file lists.
#[derive(Debug)]
pub struct HolidayFile {
    /// The words that name the file, in the rule file.
    pub span: Span,
    /// The days.
    pub dates: Vec<Date>,
}

/// What a rule file contributes to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// It was asked for: its agreements are judged.
    #[default]
    Named,
    /// Another file uses it: only its declarations count.
    Used,
}

/// Parses a rule file of a map.
pub fn parse(sources: &SourceMap, source: SourceId) -> Parsed {
    let text = sources.get(source).map_or("", |file| file.text());
    let mut parsed = Parsed {
        source,
        ..Parsed::default()
    };
    if let Some(diagnostic) = recover::too_deep(text, source) {
        parsed.diagnostics.push(diagnostic);
        return parsed;
    }
    if let Ok(pairs) = Grammar::parse(Rule::file, text) {
        let mut builder = Builder::new(source, 0);
        let file = pairs.flat_map(Pair::into_inner);
        parsed.file.items = file.filter_map(|pair| builder.item(pair)).collect();
        parsed.diagnostics = builder.diagnostics;
        return parsed;
    }
    for chunk in recover::chunks(text) {
        let part = &text[chunk.range.clone()];
        match Grammar::parse(Rule::single_item, part) {
            Ok(pairs) => {
                let mut builder = Builder::new(source, chunk.range.start);
                parsed.file.items.extend(pairs.filter_map(|pair| builder.item(pair)));
                parsed.diagnostics.extend(builder.diagnostics);
            }
            Err(error) => {
                parsed.broken.extend(chunk.name);
                parsed.unread.push(Span::of(source, chunk.range.clone()));
                let at = expected::describe(&error, part, source, chunk.range.start);
                parsed.diagnostics.push(at);
            }
        }
    }
    parsed
}

/// Turns pairs into tree nodes. Pairs come from a text that the grammar accepted, so a node that is missing here is a mistake in
/// this room: it is then left out rather than a panic.
pub(super) struct Builder {
    source: SourceId,
    base: usize,
    /// What stands for the parameters of the template that is read.
    pub(super) literals: Literals,
    pub(super) diagnostics: Vec<Diagnostic>,
}

pub(super) type P<'i> = Pair<'i, Rule>;

impl Builder {
    pub(super) fn new(source: SourceId, base: usize) -> Self {
        Builder {
            source,
            base,
            literals: Literals::new(),
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn span(&self, pair: &P<'_>) -> Span {
        let span = pair.as_span();
        // Pest ends a rule after the white space that it looked past; a place should end with the words.
        let end = span.start() + span.as_str().trim_end().len();
        Span::of(self.source, self.base + span.start()..self.base + end)
    }

    pub(super) fn bad_literal(&mut self, span: Span, message: String, help: Option<String>) {
        let diagnostic = Diagnostic::error(Code::BadLiteral, message, span, "this has no value");
        self.diagnostics.push(diagnostic.help_if(help));
    }

    pub(super) fn name(&self, pair: &P<'_>) -> Name {
        Spanned::new(pair.as_str().to_owned(), self.span(pair))
    }

    fn item(&mut self, pair: P<'_>) -> Option<Item> {
        match pair.as_rule() {
            Rule::use_decl => self.only_text(pair).map(Item::Use),
            Rule::agreement => self.agreement(pair).map(Item::Agreement),
            Rule::reference => self.reference(pair).map(Item::Reference),
            Rule::event_decl => self.event(pair).map(Item::Event),
            Rule::state_decl => self.state(pair).map(Item::State),
            Rule::define => self.define(pair).map(Item::Define),
            Rule::template => self.template(pair).map(Item::Template),
            Rule::clause => self.clause(pair).map(Item::Clause),
            _ => None,
        }
    }

    fn agreement(&mut self, pair: P<'_>) -> Option<Agreement> {
        let mut inner = words(pair).peekable();
        let (name, title) = self.heading(&mut inner)?;
        let mut parts = Vec::new();
        for inner in inner {
            let span = self.span(&inner);
            let part = match inner.as_rule() {
                Rule::in_force => self.in_force(inner),
                Rule::time_zone => self.only_text(inner).map(AgreementPart::Zone),
                Rule::working_days => {
                    let days = words(inner).filter_map(|pair| weekdays(pair));
                    Some(AgreementPart::WorkingDays(days.collect()))
                }
                Rule::holidays => Some(self.holidays(inner)),
                Rule::cites => self.only_text(inner).map(AgreementPart::Cites),
                Rule::life => self.life(inner).map(|life| AgreementPart::Life(Box::new(life))),
                Rule::apply => self.apply(inner).map(AgreementPart::Apply),
                Rule::clause => self.clause(inner).map(AgreementPart::Clause),
                Rule::party_decl => {
                    let mut inner = words(inner);
                    let name = inner.next().map(|pair| self.name(&pair));
                    let title = inner.next().map(|pair| self.text(&pair));
                    name.map(|name| AgreementPart::Party(name, title))
                }
                _ => None,
            };
            parts.extend(part.map(|part| Spanned::new(part, span)));
        }
        Some(Agreement { name, title, parts })
    }

    /// The name and the title, if there is one, that a declaration begins with.
    fn heading<'i>(&mut self, inner: &mut Peekable<impl Iterator<Item = P<'i>>>) -> Option<(Name, Option<Text>)> {
        let name = inner.next().map(|pair| self.name(&pair))?;
        let title = inner.next_if(|pair| pair.as_rule() == Rule::text);
        Some((name, title.map(|pair| self.text(&pair))))
    }

    fn holidays(&mut self, pair: P<'_>) -> AgreementPart {
        let mut dates = Vec::new();
        for inner in words(pair) {
            if inner.as_rule() == Rule::text {
                return AgreementPart::HolidaysIn(self.text(&inner));
            }
            dates.extend(self.day(&inner));
        }
        AgreementPart::Holidays(dates)
    }

    fn only_text(&mut self, pair: P<'_>) -> Option<Spanned<String>> {
        let inner = words(pair).next()?;
        if inner.as_rule() == Rule::parameter {
            return self.stand_in(&inner, "a text", |literal| match literal {
                Literal::Text(text) => Some(text.clone()),
                _ => None,
            });
        }
        Some(self.text(&inner))
    }

    fn in_force(&mut self, pair: P<'_>) -> Option<AgreementPart> {
        let mut inner = words(pair);
        let from = inner.next().and_then(|pair| self.date(&pair))?;
        let end = match inner.next() {
            Some(pair) if pair.as_rule() == Rule::term_length => {
                let length = words(pair).next().and_then(|pair| self.duration(pair))?;
                Some(TermEnd::After(length))
            }
            Some(pair) => {
                let last = words(pair).next().and_then(|pair| self.date(&pair))?;
                Some(TermEnd::LastDay(last))
            }
            None => None,
        };
        Some(AgreementPart::InForce(from, end))
    }

    fn reference(&mut self, pair: P<'_>) -> Option<Reference> {
        let mut name = None;
        let mut title = None;
        let mut ty = None;
        let mut value = None;
        let mut cites = Vec::new();
        for inner in words(pair) {
            match inner.as_rule() {
                Rule::name => name = Some(self.name(&inner)),
                Rule::text if ty.is_none() => title = Some(self.text(&inner)),
                Rule::cites => cites.extend(self.only_text(inner)),
                _ if ty.is_none() => ty = Some(self.type_expr(inner)?),
                _ => value = Some(self.operand(inner)?),
            }
        }
        Some(Reference {
            name: name?,
            title,
            ty: ty?,
            value: value?,
            cites,
        })
    }

    fn event(&mut self, pair: P<'_>) -> Option<EventDecl> {
        let mut name = None;
        let mut title = None;
        let mut identity = None;
        let mut fields = Vec::new();
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::name => name = Some(self.name(&inner)),
                Rule::text => title = Some(self.text(&inner)),
                Rule::identity => identity = self.identity(inner),
                Rule::field_decl => fields.extend(self.field(inner)),
                _ => {}
            }
        }
        Some(EventDecl {
            name: name?,
            title,
            identity,
            fields,
        })
    }

    fn identity(&mut self, pair: P<'_>) -> Option<Identity> {
        let mut field = None;
        let mut corrects = None;
        let mut retracts = None;
        for inner in words(pair) {
            match inner.as_rule() {
                Rule::field_name => field = Some(self.name(&inner)),
                Rule::corrected_by => corrects = words(inner).next().map(|pair| self.name(&pair)),
                Rule::retracted_by => retracts = words(inner).next().map(|pair| self.name(&pair)),
                _ => {}
            }
        }
        Some(Identity {
            field: field?,
            corrects,
            retracts,
        })
    }

    fn field(&mut self, pair: P<'_>) -> Option<FieldDecl> {
        let mut name = None;
        let mut optional = false;
        let mut ty = None;
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::field_name => name = Some(self.name(&inner)),
                Rule::kw_optional => optional = true,
                _ => ty = self.type_expr(inner),
            }
        }
        Some(FieldDecl {
            name: name?,
            optional,
            ty: ty?,
        })
    }

    pub(super) fn type_expr(&mut self, pair: P<'_>) -> Option<Spanned<TypeExpr>> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut inner = words(pair);
        let node = match rule {
            Rule::named_type => TypeExpr::Named(inner.next()?.as_str().to_owned()),
            Rule::money_type => TypeExpr::Money(self.name(&inner.next()?)),
            Rule::set_type => TypeExpr::Set(Box::new(self.type_expr(inner.next()?)?)),
            Rule::ordered_enum | Rule::plain_enum => TypeExpr::Enum {
                names: inner.map(|pair| self.name(&pair)).collect(),
                ordered: rule == Rule::ordered_enum,
            },
            _ => return None,
        };
        Some(Spanned::new(node, span))
    }

    fn state(&mut self, pair: P<'_>) -> Option<StateDecl> {
        let mut name = None;
        let mut key = None;
        let mut ty = None;
        let mut initially = None;
        let mut setters = Vec::new();
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::name => name = Some(self.name(&inner)),
                Rule::state_key => key = words(inner).next().map(|pair| self.name(&pair)),
                Rule::initially => initially = words(inner).next().and_then(|pair| self.operand(pair)),
                Rule::setter => setters.extend(self.setter(inner)),
                Rule::kw_state => {}
                _ => ty = self.type_expr(inner),
            }
        }
        Some(StateDecl {
            name: name?,
            key,
            ty: ty?,
            initially,
            setters,
        })
    }

    fn setter(&mut self, pair: P<'_>) -> Option<Setter> {
        let mut event = None;
        let mut binding = None;
        let mut condition = None;
        let mut key = None;
        let mut value = None;
        for inner in words(pair) {
            match inner.as_rule() {
                Rule::name => event = Some(self.name(&inner)),
                Rule::setter_binding => binding = words(inner).next().map(|pair| self.name(&pair)),
                Rule::where_part => condition = words(inner).next().and_then(|pair| self.condition(pair)),
                Rule::setter_key => key = words(inner).next().and_then(|pair| self.operand(pair)),
                _ => value = self.operand(inner),
            }
        }
        Some(Setter {
            pattern: Pattern {
                event: event?,
                binding,
                condition,
            },
            key,
            value: value?,
        })
    }

    pub(super) fn clause(&mut self, pair: P<'_>) -> Option<Clause> {
        let whole = self.span(&pair);
        let mut inner = words(pair).peekable();
        let (name, title) = self.heading(&mut inner)?;
        let mut parts = Vec::new();
        for inner in inner {
            let span = self.span(&inner);
            let part = match inner.as_rule() {
                Rule::cites => self.only_text(inner).map(ClausePart::Cites),
                Rule::severity => words(inner).next().map(|pair| ClausePart::Severity(self.name(&pair))),
                Rule::tags => Some(ClausePart::Tags(words(inner).map(|pair| self.name(&pair)).collect())),
                Rule::trigger => self.trigger(inner).map(ClausePart::When),
                Rule::guard => self.guard(inner).map(ClausePart::Guard),
                Rule::duty => self.duty(inner).map(ClausePart::Duty),
                Rule::otherwise => words(inner)
                    .next()
                    .and_then(|pair| self.duty(pair))
                    .map(ClausePart::Otherwise),
                Rule::permission => self.permission(inner).map(ClausePart::Permission),
                Rule::life => self.life(inner).map(ClausePart::Life),
                Rule::waived => words(inner)
                    .next()
                    .and_then(|pair| self.pattern(pair))
                    .map(ClausePart::Waived),
                _ => None,
            };
            parts.extend(part.map(|part| Spanned::new(part, span)));
        }
        Some(Clause {
            name,
            title,
            parts,
            span: whole,
        })
    }

    fn life(&mut self, pair: P<'_>) -> Option<LifeRule> {
        let mut verb = None;
        let mut pattern = None;
        let mut notice = None;
        let mut extended = None;
        for inner in words(pair) {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::extended => extended = Some(span),
                Rule::extension => {
                    let end = words(inner).next().and_then(|pair| self.extension(pair));
                    verb = extended
                        .zip(end)
                        .map(|(span, end)| Spanned::new(LifeVerb::Extended(end), span));
                }
                Rule::life_verb => {
                    let word = match inner.as_str() {
                        "suspended" => LifeVerb::Suspended,
                        "resumed" => LifeVerb::Resumed,
                        "terminated" => LifeVerb::Terminated,
                        _ => LifeVerb::Succeeded,
                    };
                    verb = Some(Spanned::new(word, span));
                }
                Rule::pattern => pattern = self.pattern(inner),
                Rule::notice => notice = words(inner).next().and_then(|pair| self.duration(pair)),
                _ => {}
            }
        }
        Some(LifeRule {
            verb: verb?,
            pattern: pattern?,
            notice,
        })
    }

    fn extension(&mut self, pair: P<'_>) -> Option<Extension> {
        match pair.as_rule() {
            Rule::path => self.path(pair).map(Extension::To),
            _ => self.duration(pair).map(Extension::For),
        }
    }

    fn trigger(&mut self, pair: P<'_>) -> Option<Trigger> {
        let mut inner = words(pair);
        let first = inner.next()?;
        if first.as_rule() == Rule::repeated {
            return self.repeated(first);
        }
        let mut patterns = vec![self.pattern(first)?];
        for inner in inner {
            if inner.as_rule() == Rule::then {
                let mut inner = words(inner);
                let then = inner.next().and_then(|pair| self.pattern(pair))?;
                let within = inner.next().and_then(|pair| self.duration(pair))?;
                let first = patterns.pop()?;
                return Some(Trigger::Sequence(Box::new((first, then)), within));
            }
            patterns.push(self.pattern(inner)?);
        }
        Some(Trigger::Any(patterns))
    }

    fn repeated(&mut self, pair: P<'_>) -> Option<Trigger> {
        let mut count = None;
        let mut pattern = None;
        let mut per = None;
        let mut window = None;
        for inner in words(pair) {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::at_least => count = self.count(inner),
                Rule::pattern => pattern = self.pattern(inner),
                Rule::per => per = Some(Spanned::new(self.per(inner)?, span)),
                _ => window = self.window(inner),
            }
        }
        Some(Trigger::Repeated(Box::new(Repeated {
            count: count?,
            pattern: pattern?,
            per,
            window: window?,
        })))
    }

    /// The length of a window, which is not nothing.
    fn window(&mut self, pair: P<'_>) -> Option<Spanned<Duration>> {
        let length = self.duration(pair)?;
        if length.node.is_zero() {
            self.bad_literal(length.span, "a window has a length".to_owned(), None);
            return None;
        }
        Some(length)
    }

    fn permission(&mut self, pair: P<'_>) -> Option<Permission> {
        let span = self.span(&pair);
        let mut actors = Vec::new();
        let mut pattern = None;
        let mut guards = Vec::new();
        let mut despite = None;
        for inner in words(pair) {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::actors => actors = words(inner).filter_map(|pair| self.path(pair)).collect(),
                Rule::pattern => pattern = self.pattern(inner),
                Rule::guard => guards.extend(self.guard(inner).map(|guard| Spanned::new(guard, span))),
                _ => despite = Some(self.name(&inner)),
            }
        }
        Some(Permission {
            actors,
            pattern: pattern?,
            guards,
            despite: despite?,
            span,
        })
    }

    fn guard(&mut self, pair: P<'_>) -> Option<Guard> {
        let mut inner = pair.into_inner();
        let negated = inner.next()?.as_rule() == Rule::kw_unless;
        let condition = self.condition(inner.next()?)?;
        Some(Guard { negated, condition })
    }

    pub(super) fn pattern(&mut self, pair: P<'_>) -> Option<Pattern> {
        let mut event = None;
        let mut binding = None;
        let mut condition = None;
        for inner in words(pair) {
            match inner.as_rule() {
                Rule::name => event = Some(self.name(&inner)),
                Rule::binding => binding = words(inner).next().map(|pair| self.name(&pair)),
                Rule::where_part => condition = words(inner).next().and_then(|pair| self.condition(pair)),
                _ => {}
            }
        }
        Some(Pattern {
            event: event?,
            binding,
            condition,
        })
    }

    pub(super) fn path(&self, pair: P<'_>) -> Option<Spanned<Path>> {
        let span = self.span(&pair);
        let mut inner = words(pair);
        let root = self.name(&inner.next()?);
        let field = inner.next().map(|pair| self.name(&pair));
        Some(Spanned::new(Path { root, field }, span))
    }

    fn duty(&mut self, pair: P<'_>) -> Option<Duty> {
        let span = self.span(&pair);
        let mut actors = Vec::new();
        let mut modal = None;
        let mut verb = None;
        let mut per = None;
        let mut timings = Vec::new();
        let mut excuse = None;
        for inner in pair.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::actors => actors = words(inner).filter_map(|pair| self.path(pair)).collect(),
                Rule::modal => {
                    let node = match inner.into_inner().next()?.as_rule() {
                        Rule::kw_should => Modal::Should,
                        Rule::kw_aim => Modal::AimTo,
                        _ => Modal::Must,
                    };
                    modal = Some(Spanned::new(node, span));
                }
                Rule::ensure | Rule::avoid | Rule::maintain => {
                    verb = Some(Spanned::new(self.verb(inner)?, span));
                }
                Rule::per => per = Some(Spanned::new(self.per(inner)?, span)),
                Rule::excuse => excuse = inner.into_inner().last().and_then(|pair| self.condition(pair)),
                _ => timings.extend(self.timing(inner).map(|timing| Spanned::new(timing, span))),
            }
        }
        Some(Duty {
            actors,
            modal: modal?,
            verb: verb?,
            per,
            timings,
            excuse,
            span,
        })
    }

    fn verb(&mut self, pair: P<'_>) -> Option<Verb> {
        let rule = pair.as_rule();
        let mut count = None;
        let mut more_than = None;
        let mut pattern = None;
        let mut guards = Vec::new();
        let mut condition = None;
        let mut every = None;
        let mut figure = None;
        let mut limit = None;
        for inner in words(pair) {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::at_least => {
                    count = self.count(inner).map(|n| Spanned::new(Count::AtLeast(n.node), span));
                }
                Rule::exactly => {
                    count = self.count(inner).map(|n| Spanned::new(Count::Exactly(n.node), span));
                }
                Rule::figure => figure = Some(self.figure(inner)?),
                Rule::floor | Rule::ceiling => {
                    let inner = words(inner).next()?;
                    let span = self.span(&inner);
                    limit = Some(Spanned::new(self.limit(inner)?, span));
                }
                Rule::more_than => more_than = self.count(inner),
                Rule::pattern => pattern = self.pattern(inner),
                Rule::guard => guards.extend(self.guard(inner).map(|guard| Spanned::new(guard, span))),
                Rule::condition => condition = self.condition(inner),
                Rule::for_every => {
                    let mut names = words(inner).map(|pair| self.name(&pair));
                    every = names
                        .next()
                        .zip(names.next())
                        .map(|(key, binding)| ForEvery { key, binding });
                }
                _ => {}
            }
        }
        if let Some(figure) = figure {
            let direction = match rule {
                Rule::ensure => Direction::Floor,
                _ => Direction::Ceiling,
            };
            let limit = limit?;
            return Some(Verb::Bound(Box::new(Bound {
                direction,
                figure,
                limit,
            })));
        }
        match rule {
            Rule::ensure => Some(Verb::Ensure(count, pattern?)),
            Rule::avoid => Some(Verb::Avoid(more_than, pattern?, guards)),
            _ => Some(Verb::Maintain(condition?, every)),
        }
    }

    fn deadline(&mut self, pair: P<'_>) -> Option<Spanned<Deadline>> {
        let span = self.span(&pair);
        let mut inner = words(pair);
        let kind = self.deadline_kind(inner.next()?)?;
        let deferral = inner.next().map(|pair| {
            let span = self.span(&pair);
            Spanned::new(self.respite(pair), span)
        });
        Some(Spanned::new(Deadline { kind, deferral }, span))
    }

    fn deadline_kind(&mut self, pair: P<'_>) -> Option<DeadlineKind> {
        let rule = pair.as_rule();
        let mut inner = words(pair);
        let first = inner.next()?;
        match rule {
            Rule::within if first.as_rule() == Rule::working_length => {
                let count = self.count(first)?;
                let of = inner.next().and_then(|pair| self.path(pair));
                Some(DeadlineKind::WorkingDays(count, of))
            }
            Rule::within => {
                let duration = self.duration(first)?;
                let of = inner.next().and_then(|pair| self.path(pair));
                Some(DeadlineKind::Within(duration, of))
            }
            Rule::before_event => Some(DeadlineKind::Before(Box::new(self.pattern(first)?))),
            Rule::by_month_day => {
                let end = match first.as_str() {
                    "last" => MonthEnd::Last,
                    _ => MonthEnd::First,
                };
                let mut months = 1;
                let mut of = None;
                for pair in inner {
                    if pair.as_rule() == Rule::ordinal {
                        let numbered = (2..).zip(ORDINALS).find(|(_, word)| *word == pair.as_str());
                        months = numbered?.0;
                    } else {
                        of = self.path(pair);
                    }
                }
                Some(DeadlineKind::DayOfMonth(DayOfMonth { end, months }, of))
            }
            _ => Some(DeadlineKind::By(self.date(&first)?)),
        }
    }

    /// Until when something is deferred; a time that no day has is reported, and read as the whole day.
    fn respite(&mut self, pair: P<'_>) -> Respite {
        let Some(time) = words(pair).next() else {
            return Respite::WholeDay;
        };
        let written = time.as_str();
        let clock = if written == "noon" {
            Some(ClockTime::NOON)
        } else {
            let numbers = written.split_once(':');
            numbers.and_then(|(hour, minute)| ClockTime::new(hour.parse().ok()?, minute.parse().ok()?))
        };
        if clock.is_none() {
            let help = "a time of day is written from 00:00 to 23:59".to_owned();
            self.bad_literal(
                self.span(&time),
                format!("`{written}` is not a time of day"),
                Some(help),
            );
        }
        clock.map_or(Respite::WholeDay, Respite::Until)
    }

    fn lead_time(&mut self, pair: P<'_>) -> Option<LeadTime> {
        let rule = pair.as_rule();
        let mut inner = words(pair);
        let duration = inner.next().and_then(|pair| self.duration(pair));
        match rule {
            Rule::lead_at_least => duration.map(LeadTime::AtLeast),
            Rule::lead_within => duration.map(LeadTime::Within),
            _ => {
                let other = inner.next().and_then(|pair| self.duration(pair));
                Some(LeadTime::Between(duration?, other?))
            }
        }
    }

    fn timing(&mut self, pair: P<'_>) -> Option<Timing> {
        let rule = pair.as_rule();
        if rule == Rule::deadlines {
            let deadlines: Vec<Spanned<Deadline>> = words(pair).filter_map(|pair| self.deadline(pair)).collect();
            return (!deadlines.is_empty()).then_some(Timing::Due(deadlines));
        }
        let mut inner = words(pair);
        let first = inner.next()?;
        match rule {
            Rule::lead_time => self.lead_time(first).map(Timing::Before),
            Rule::until => self.pattern(first).map(|pattern| Timing::Until(Box::new(pattern))),
            Rule::from_date => self.date(&first).map(Timing::From),
            Rule::to_date => self.date(&first).map(Timing::To),
            Rule::in_any => self.window(first).map(Timing::InAny),
            Rule::in_each => {
                let span = self.span(&first);
                let cadence = if first.as_rule() == Rule::calendar_period {
                    let unit = words(first).next()?;
                    Cadence::Calendar(match unit.as_str() {
                        "month" => CalendarUnit::Month,
                        "quarter" => CalendarUnit::Quarter,
                        _ => CalendarUnit::Year,
                    })
                } else {
                    let length = self.duration(first)?;
                    if length.node.is_zero() {
                        self.bad_literal(span, "a period has a length".to_owned(), None);
                        return None;
                    }
                    Cadence::Every(length.node)
                };
                Some(Timing::InEach(Spanned::new(cadence, span)))
            }
            _ => None,
        }
    }
}

fn weekdays(pair: P<'_>) -> Option<Weekdays> {
    let mut days = words(pair).map(|pair| Weekday::named(pair.as_str()));
    let first = days.next()??;
    let last = days.next().flatten();
    Some(Weekdays { first, last })
}

/// The inner pairs without the words of the language.
pub(super) fn words<'i>(pair: P<'i>) -> impl Iterator<Item = P<'i>> + use<'i> {
    let inner: Pairs<'i, Rule> = pair.into_inner();
    inner.filter(|pair| !expected::is_keyword(pair.as_rule()))
}
