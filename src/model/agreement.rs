//! Agreements and their parties.

use std::sync::Arc;

use super::build::Builder;
use super::{Agreement, AgreementId, LifeChange, Party, PartyId, Standing};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, AgreementPart, Item, Name, TermEnd, Text};
use crate::syntax::{HolidayFile, Parsed, Role};
use crate::time::{Date, Due, Weekday, WorkingCalendar, Zone};

impl Agreement {
    /// Whether an event can put off the end of its term.
    pub fn can_be_extended(&self) -> bool {
        self.life
            .iter()
            .any(|rule| matches!(rule.change, LifeChange::Extend(_)))
    }

    /// When an extent of its clauses is over at the latest, whatever events make of the term.
    pub(super) fn latest_end(&self, standing: &Standing) -> Option<Due> {
        if self.can_be_extended() {
            standing.own.map(|(due, _)| due)
        } else {
            standing.end()
        }
    }
}

impl Builder {
    /// Takes in the agreements of a file that are judged.
    pub(super) fn agreements_of(&mut self, file: &Parsed) -> Vec<AgreementId> {
        let mut owners = Vec::new();
        for item in &file.file.items {
            let Item::Agreement(agreement) = item else { continue };
            match file.role {
                Role::Named => owners.push(self.agreement(agreement, &file.holidays)),
                Role::Used => self.parties_of(agreement),
            }
        }
        owners
    }

    /// Takes in the parties of an agreement.
    fn parties_of(&mut self, agreement: &ast::Agreement) {
        let mut own: Vec<&Name> = Vec::new();
        for part in &agreement.parts {
            if let AgreementPart::Party(name, title) = &part.node {
                match own.iter().find(|known| known.node == name.node) {
                    Some(first) => self.duplicate("party", name, first.span),
                    None => self.party(name, title.as_ref()),
                }
                own.push(name);
            }
        }
    }

    fn agreement(&mut self, agreement: &ast::Agreement, lists: &[HolidayFile]) -> AgreementId {
        let name = &agreement.name;
        if let Some(twin) = self.agreements.iter().find(|known| known.name == name.node) {
            let first = twin.span;
            self.duplicate("agreement", name, first);
        }
        self.parties_of(agreement);
        let mut zone: Option<(Zone, Span)> = None;
        let mut term: Option<(&Spanned<Date>, Option<&TermEnd>, Span)> = None;
        let mut cites = Vec::new();
        let mut parties = Vec::new();
        for part in &agreement.parts {
            match &part.node {
                AgreementPart::Cites(text) => cites.push(text.node.clone()),
                // The parties of all agreements were taken in before.
                AgreementPart::Party(name, _) => parties.extend(self.party_named(&name.node)),
                // These need the declarations of all files, or were taken in before.
                AgreementPart::Life(_)
                | AgreementPart::Apply(_)
                | AgreementPart::Clause(_)
                | AgreementPart::WorkingDays(_)
                | AgreementPart::Holidays(_)
                | AgreementPart::HolidaysIn(_) => {}
                AgreementPart::Zone(text) => {
                    let found = self.zone(text);
                    match &zone {
                        Some((_, first)) => self.said_twice("time zone", part.span, *first),
                        None => zone = found.map(|found| (found, part.span)),
                    }
                }
                AgreementPart::InForce(from, end) => match term {
                    Some((_, _, first)) => self.said_twice("term", part.span, first),
                    None => term = Some((from, end.as_ref(), part.span)),
                },
            }
        }
        let zone = zone.map_or_else(Zone::utc, |(zone, _)| zone);
        let start = term.map(|(from, _, _)| zone.start_of(from.node));
        let end = start.zip(term).and_then(|(start, (_, end, _))| match end? {
            TermEnd::After(length) => Some(zone.add(start, length.node)),
            TermEnd::LastDay(day) => Some(zone.end_of(day.node)),
        });
        if let (Some(start), Some(end), Some((_, _, span))) = (start, end, term)
            && end <= start
        {
            let diagnostic = Diagnostic::error(Code::BadTiming, "the term is empty", span, "it ends before it starts");
            self.report(diagnostic);
        }
        let calendar = self.calendar(&agreement.parts, lists);
        let id = AgreementId(u32::try_from(self.agreements.len()).unwrap_or(u32::MAX));
        self.agreements.push(Agreement {
            name: name.node.clone(),
            title: title_or_name(agreement.title.as_ref(), name),
            zone,
            calendar,
            start,
            end,
            parties,
            cites,
            life: Vec::new(),
            span: name.span,
        });
        id
    }

    /// The working days of an agreement: some days of the week, less the holidays that are listed here and in files.
    fn calendar(&mut self, parts: &[Spanned<AgreementPart>], lists: &[HolidayFile]) -> Option<Arc<WorkingCalendar>> {
        let mut days: Option<(Vec<Weekday>, Span)> = None;
        let mut holidays = Vec::new();
        let mut first_holidays = None;
        for part in parts {
            match &part.node {
                AgreementPart::WorkingDays(written) => match &days {
                    Some((_, first)) => self.said_twice("list of working days", part.span, *first),
                    None => {
                        let each = written.iter().flat_map(|days| {
                            let last = days.last.unwrap_or(days.first);
                            days.first.through(last)
                        });
                        days = Some((each.collect(), part.span));
                    }
                },
                AgreementPart::Holidays(dates) => {
                    first_holidays.get_or_insert(part.span);
                    holidays.extend(dates.iter().map(|date| date.node));
                }
                AgreementPart::HolidaysIn(file) => {
                    first_holidays.get_or_insert(part.span);
                    let read = lists.iter().find(|list| list.span == file.span);
                    holidays.extend(read.iter().flat_map(|list| &list.dates));
                }
                _ => {}
            }
        }
        if let (None, Some(span)) = (&days, first_holidays) {
            let message = "these holidays are of an agreement that names no working days";
            let help = "say on which days of the week it is worked: `working days monday to friday`";
            self.report(Diagnostic::error(Code::MissingPart, message, span, "free of what?").help(help));
        }
        days.and_then(|(days, _)| WorkingCalendar::new(days, holidays))
            .map(Arc::new)
    }

    pub(super) fn said_twice(&mut self, what: &str, again: Span, first: Span) {
        let message = format!("the {what} is given twice");
        let diagnostic = Diagnostic::error(Code::DuplicatePart, message, again, "given again here");
        self.report(diagnostic.also(first, "first given here").help("keep one of them"));
    }

    /// Several agreements can have a party in common; one of them is enough to give its title.
    fn party(&mut self, name: &Name, title: Option<&Text>) {
        let Some(known) = self.parties.iter_mut().find(|party| party.name == name.node) else {
            self.parties.push(Party {
                name: name.node.clone(),
                title: title_or_name(title, name),
                span: name.span,
            });
            return;
        };
        match title {
            Some(title) if known.title == known.name => known.title.clone_from(&title.node),
            Some(title) if known.title != title.node => {
                let first = known.span;
                let message = format!("the party `{}` has two titles", name.node);
                let diagnostic = Diagnostic::error(Code::DuplicateName, message, title.span, "another title");
                self.report(
                    diagnostic
                        .also(first, "first declared here")
                        .help("give it one title, once"),
                );
            }
            _ => {}
        }
    }

    fn zone(&mut self, text: &Text) -> Option<Zone> {
        match Zone::named(&text.node) {
            Ok(zone) => Some(zone),
            Err(error) => {
                let names = Zone::names();
                let near = nearest(&text.node, names.iter().map(String::as_str));
                let help = near.map_or_else(
                    || "zones have names like \"Europe/Kyiv\", \"America/New_York\" or \"UTC\"".to_owned(),
                    |near| format!("did you mean \"{near}\"?"),
                );
                let diagnostic = Diagnostic::error(Code::UnknownZone, error.to_string(), text.span, "not a known zone");
                self.report(diagnostic.help(help));
                None
            }
        }
    }

    pub(super) fn party_named(&self, name: &str) -> Option<PartyId> {
        let position = self.parties.iter().position(|party| party.name == name)?;
        u32::try_from(position).ok().map(PartyId)
    }
}

pub(super) fn title_or_name(title: Option<&Text>, name: &Name) -> String {
    title.map_or_else(|| name.node.clone(), |title| title.node.clone())
}
