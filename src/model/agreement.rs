//! Agreements and their parties.

use super::build::Builder;
use super::{Agreement, AgreementId, Party, PartyId};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, AgreementPart, Item, Name, TermEnd, Text};
use crate::syntax::{Parsed, Role};
use crate::time::{Date, Zone};

impl Builder {
    /// Takes in the agreement of a file, if it has one.
    pub(super) fn agreements_of(&mut self, file: &Parsed) -> Option<AgreementId> {
        let mut first: Option<(AgreementId, Span)> = None;
        for item in &file.file.items {
            let Item::Agreement(agreement) = item else { continue };
            if file.role == Role::Used {
                self.parties_of(agreement);
                continue;
            }
            match first {
                None => first = Some((self.agreement(agreement), agreement.name.span)),
                Some((_, span)) => {
                    let diagnostic = Diagnostic::error(
                        Code::DuplicatePart,
                        "a file holds one agreement",
                        agreement.name.span,
                        "this is a second one",
                    );
                    self.report(
                        diagnostic
                            .also(span, "the first one")
                            .help("move it and its clauses to a file of its own"),
                    );
                }
            }
        }
        first.map(|(id, _)| id)
    }

    /// Takes in the parties of an agreement that is not judged, so that declarations beside it can name them.
    fn parties_of(&mut self, agreement: &ast::Agreement) {
        for part in &agreement.parts {
            if let AgreementPart::Party(name, title) = &part.node {
                self.party(name, title.as_ref());
            }
        }
    }

    fn agreement(&mut self, agreement: &ast::Agreement) -> AgreementId {
        let name = &agreement.name;
        if let Some(twin) = self.agreements.iter().find(|known| known.name == name.node) {
            let first = twin.span;
            self.duplicate("agreement", name, first);
        }
        let mut zone: Option<(Zone, Span)> = None;
        let mut term: Option<(&Spanned<Date>, Option<&TermEnd>, Span)> = None;
        let mut cites = Vec::new();
        let mut parties = Vec::new();
        for part in &agreement.parts {
            match &part.node {
                AgreementPart::Cites(text) => cites.push(text.node.clone()),
                AgreementPart::Party(name, title) => parties.extend(self.party(name, title.as_ref())),
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
        let id = AgreementId(u32::try_from(self.agreements.len()).unwrap_or(u32::MAX));
        self.agreements.push(Agreement {
            name: name.node.clone(),
            title: title_or_name(agreement.title.as_ref(), name),
            zone,
            start,
            end,
            parties,
            cites,
            span: name.span,
        });
        id
    }

    pub(super) fn said_twice(&mut self, what: &str, again: Span, first: Span) {
        let message = format!("the {what} is given twice");
        let diagnostic = Diagnostic::error(Code::DuplicatePart, message, again, "given again here");
        self.report(diagnostic.also(first, "first given here").help("keep one of them"));
    }

    fn party(&mut self, name: &Name, title: Option<&Text>) -> Option<PartyId> {
        let known = self.parties.iter().position(|party| party.name == name.node);
        let title_text = title_or_name(title, name);
        match known {
            None => self.parties.push(Party {
                name: name.node.clone(),
                title: title_text,
                span: name.span,
            }),
            // Several agreements can have a party in common, each in a file of its own.
            Some(at) if self.parties[at].span.source != name.span.source && self.parties[at].title == title_text => {}
            Some(at) => {
                let first = self.parties[at].span;
                self.duplicate("party", name, first);
                return None;
            }
        }
        self.party_named(&name.node)
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
