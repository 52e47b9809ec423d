//! Scenario files: from YAML to scenarios, with every mistake at its place.

use std::ops::Range;

use super::expect::{Expectation, ExpectedClause, ExpectedClauses, Others, Placed};
use super::mistake::{Mistake, MistakeKind};
use crate::diagnostic::{list, suggest};
use crate::engine::Verdict;
use crate::log::{Document, Event, Node, Problem, visible};
use crate::model::{ClauseId, Model};
use crate::time::{Anchor, Instant, Zone};

/// A scenario file, as far as its text alone tells.
#[derive(Debug)]
pub struct File<'a> {
    document: Document<'a>,
    /// The rule files, as they are written: relative to the folder of the scenario file.
    pub rules: Vec<Placed<String>>,
    /// What is wrong so far.
    pub mistakes: Vec<Mistake>,
    top: Vec<Entry<'a>>,
}

/// One scenario, read by the rules.
#[derive(Debug)]
pub struct Scenario {
    /// Its name.
    pub name: Placed<String>,
    /// What happens, in the order of the file.
    pub events: Vec<Event>,
    /// The instant to judge as of.
    pub as_of: Instant,
    /// What is expected of clauses that it does not speak of.
    pub others: Others,
    /// What is expected.
    pub expect: ExpectedClauses,
}

#[derive(Debug, Clone)]
struct Entry<'a> {
    key: String,
    key_range: Range<usize>,
    value: Node<'a>,
}

const RULES: &str = "rules";
const ZONE: &str = "zone";
const START: &str = "start";
const OTHERS: &str = "others";
const SCENARIOS: &str = "scenarios";
const NAME: &str = "name";
const EVENTS: &str = "events";
const AS_OF: &str = "as-of";
const EXPECT: &str = "expect";

/// What can be said once for all scenarios of a file.
const COMMON: [&str; 3] = [ZONE, START, OTHERS];
const SCENARIO: [&str; 7] = [NAME, START, ZONE, EVENTS, AS_OF, OTHERS, EXPECT];
const VERDICT: &str = "verdict";
const BECAUSE: &str = "because";
const OPENED: &str = "opened";
const FOR: &str = "for";
const INSTANCE: [&str; 4] = [VERDICT, BECAUSE, OPENED, FOR];

impl<'a> File<'a> {
    /// Takes a file apart.
    ///
    /// # Errors
    /// A text that is no YAML document, of which nothing can be read.
    pub fn parse(text: &'a str) -> Result<Self, Mistake> {
        let document = Document::parse(text).map_err(|error| {
            let message = format!("the file is not a YAML document: {}", error.message);
            let help = "quote texts with `: ` or ` #` in them, and indent with spaces".to_owned();
            Mistake::new(MistakeKind::NotYaml, message, error.range, error.message, Some(help))
        })?;
        let mut mistakes = Vec::new();
        let mut reader = Reader {
            mistakes: &mut mistakes,
        };
        let (mut top, mut rules) = (Vec::new(), Vec::new());
        match document.root() {
            Some(root) => {
                let is_list =
                    |entries: &[(Node<'a>, Node<'a>)]| entries.iter().any(|(key, _)| key.word() == Some(SCENARIOS));
                let many = root.entries().is_some_and(is_list);
                let mut keys = vec![RULES];
                if many {
                    keys.extend(COMMON);
                    keys.push(SCENARIOS);
                } else {
                    keys.extend(SCENARIO);
                    keys.push(SCENARIOS);
                }
                top = reader.mapping(root, "a scenario file", &keys);
                match find(&top, RULES) {
                    Some(entry) => rules = reader.rules(entry),
                    None => reader.missing(
                        RULES,
                        "the file",
                        root,
                        "name the rule files, as in `rules: ../desk.clause`",
                    ),
                }
            }
            None => mistakes.push(Mistake::new(
                MistakeKind::MissingKey,
                "the file says nothing",
                0..0,
                "no scenario",
                Some("docs/scenarios.md shows what a scenario file says".to_owned()),
            )),
        }
        Ok(File {
            document,
            rules,
            mistakes,
            top,
        })
    }

    /// The text.
    pub fn text(&self) -> &'a str {
        self.document.text()
    }

    /// The scenarios, as far as they can be read by the rules; what is wrong is added to the mistakes.
    pub fn scenarios(&mut self, model: &Model, file_name: &str) -> Vec<Scenario> {
        let mut mistakes = std::mem::take(&mut self.mistakes);
        let mut reader = Reader {
            mistakes: &mut mistakes,
        };
        let common = Common::read(&self.top, &self.document, model, &mut reader);
        let mut scenarios: Vec<Scenario> = Vec::new();
        if let Some(entry) = find(&self.top, SCENARIOS) {
            let Some(elements) = entry.value.elements() else {
                reader.wrong_form(&entry.value, SCENARIOS, "a list of scenarios");
                self.mistakes = mistakes;
                return scenarios;
            };
            let mut names: Vec<Placed<String>> = Vec::new();
            for element in elements {
                let entries = reader.mapping(element, "a scenario", &SCENARIO);
                let own = common.clone().with(&entries, &self.document, model, &mut reader);
                let name = match find(&entries, NAME) {
                    Some(entry) => reader.text(&entry.value, NAME),
                    None => {
                        reader.missing(NAME, "the scenario", element, "say in a few words what happens");
                        None
                    }
                };
                let place = element.range().start..element.range().start;
                let name = name.unwrap_or(Placed {
                    value: String::new(),
                    range: place,
                });
                let before = names.iter().find(|before| before.value == name.value);
                if let Some(before) = before.filter(|_| !name.value.is_empty()) {
                    let line = 1 + self.document.text()[..before.range.start].matches('\n').count();
                    reader.mistake(
                        MistakeKind::Repeated,
                        format!("two scenarios have the name {}", quoted(&name.value)),
                        name.range.clone(),
                        format!("the name of the one at line {line} too"),
                        Some("say what tells them apart".to_owned()),
                    );
                }
                names.push(name.clone());
                let body = Body {
                    whole: element,
                    entries: &entries,
                    common: own,
                };
                scenarios.extend(body.read(name, &self.document, model, &mut reader));
            }
        } else if let Some(root) = self.document.root()
            && root.entries().is_some()
        {
            let name = find(&self.top, NAME).and_then(|entry| reader.text(&entry.value, NAME));
            let name = name.unwrap_or_else(|| Placed {
                value: file_name.to_owned(),
                range: root.range().start..root.range().start,
            });
            let body = Body {
                whole: root,
                entries: &self.top,
                common,
            };
            scenarios.extend(body.read(name, &self.document, model, &mut reader));
        }
        self.mistakes = mistakes;
        scenarios
    }
}

fn find<'e, 'a>(entries: &'e [Entry<'a>], key: &str) -> Option<&'e Entry<'a>> {
    entries.iter().find(|entry| entry.key == key)
}

fn quoted(text: &str) -> String {
    format!("`{}`", visible(text, 60))
}

/// What holds for all scenarios of a file, and can be said anew in each.
#[derive(Debug, Clone)]
struct Common {
    anchor: Anchor,
    others: Others,
}

impl Common {
    fn read<'a>(entries: &[Entry<'a>], document: &Document<'a>, model: &Model, reader: &mut Reader<'_>) -> Self {
        let mut zones: Vec<&Zone> = model.agreements.iter().map(|agreement| &agreement.zone).collect();
        zones.dedup_by_key(|zone| zone.name().to_owned());
        let common = Common {
            anchor: Anchor {
                start: None,
                zone: match zones.as_slice() {
                    [only] => Some((*only).clone()),
                    _ => None,
                },
            },
            others: Others::Any,
        };
        common.with(entries, document, model, reader)
    }

    fn with<'a>(
        mut self,
        entries: &[Entry<'a>],
        document: &Document<'a>,
        model: &Model,
        reader: &mut Reader<'_>,
    ) -> Self {
        if let Some(entry) = find(entries, ZONE)
            && let Some(name) = reader.text(&entry.value, ZONE)
        {
            match Zone::named(&name.value) {
                Ok(zone) => self.anchor.zone = Some(zone),
                Err(_) => {
                    let names = Zone::names();
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    reader.mistake(
                        MistakeKind::UnknownZone,
                        format!("there is no time zone {}", quoted(&name.value)),
                        name.range,
                        "not in the time-zone database",
                        suggest(&visible(&name.value, 60), "zones", &names),
                    );
                }
            }
        }
        if let Some(entry) = find(entries, START) {
            self.anchor.start = reader
                .instant(document, &entry.value, START, model, None)
                // So that times which count from it are not called mistakes as well.
                .or(Instant::from_unix_nanoseconds(0));
        }
        if let Some(entry) = find(entries, OTHERS)
            && let Some(word) = reader.text(&entry.value, OTHERS)
        {
            match Others::WORDS.iter().find(|(known, _)| *known == word.value) {
                Some((_, others)) => self.others = *others,
                None => {
                    let words = Others::WORDS.map(|(word, _)| word);
                    reader.mistake(
                        MistakeKind::WrongForm,
                        format!("`{OTHERS}` cannot be {}", quoted(&word.value)),
                        word.range,
                        "not one of its words",
                        suggest(&visible(&word.value, 60), "words", &words),
                    );
                }
            }
        }
        self
    }
}

/// More events than anybody writes in one scenario, those behind aliases included.
const MAX_EVENTS: usize = 10_000;

/// The events of a list, and of the lists in it; `None` if there are too many.
fn flattened<'n, 'a>(elements: &'n [Node<'a>]) -> Option<Vec<&'n Node<'a>>> {
    let mut parts = Vec::new();
    let mut left: Vec<&Node<'a>> = elements.iter().rev().collect();
    let mut seen = 0;
    while let Some(node) = left.pop() {
        seen += 1;
        if seen > MAX_EVENTS {
            return None;
        }
        match node.elements() {
            Some(elements) => left.extend(elements.iter().rev()),
            None => parts.push(node),
        }
    }
    Some(parts)
}

struct Body<'e, 'a> {
    whole: &'e Node<'a>,
    entries: &'e [Entry<'a>],
    common: Common,
}

impl<'a> Body<'_, 'a> {
    /// The scenario; `None` if what it is to be judged by is not there.
    fn read(
        self,
        name: Placed<String>,
        document: &Document<'a>,
        model: &Model,
        reader: &mut Reader<'_>,
    ) -> Option<Scenario> {
        let anchor = &self.common.anchor;
        let mut events = Vec::new();
        let mut written = false;
        if let Some(entry) = find(self.entries, EVENTS) {
            match entry.value.elements() {
                Some(elements) => {
                    written = !elements.is_empty();
                    match flattened(elements) {
                        Some(parts) => {
                            let read = |part| reader.event(document, part, model, anchor);
                            events.extend(parts.into_iter().filter_map(read));
                        }
                        None => reader.mistake(
                            MistakeKind::WrongForm,
                            format!("a scenario has at most {MAX_EVENTS} events"),
                            entry.key_range.clone(),
                            "too many",
                            Some("judge logs of this size with `servanda check`".to_owned()),
                        ),
                    }
                }
                None if entry.value.is_null() => {}
                None => {
                    written = true;
                    reader.wrong_form(&entry.value, EVENTS, "a list of events");
                }
            }
        }
        let as_of = find(self.entries, AS_OF);
        let given = as_of.and_then(|entry| reader.instant(document, &entry.value, AS_OF, model, Some(anchor)));
        let last = events.iter().map(|event| event.time).max();
        if as_of.is_none() && !written {
            reader.mistake(
                MistakeKind::NothingToJudge,
                "the scenario has neither an event nor an instant to judge as of",
                name.range.clone(),
                "nothing happens here",
                Some(format!("add `{EVENTS}`, or `{AS_OF}`")),
            );
        }
        let expect = match find(self.entries, EXPECT) {
            Some(entry) => {
                let in_braces = document.text()[self.whole.range().start..].starts_with('{');
                reader.expect(document, entry, in_braces, model, &self.common)
            }
            None => {
                let help = format!("add `{EXPECT}:`, and `servanda test --update` fills it in");
                reader.missing(EXPECT, "the scenario", self.whole, &help);
                None
            }
        };
        Some(Scenario {
            name,
            as_of: given.or(last)?,
            events,
            others: self.common.others,
            expect: expect?,
        })
    }
}

/// Gathers mistakes while parts are read.
struct Reader<'r> {
    mistakes: &'r mut Vec<Mistake>,
}

impl Reader<'_> {
    fn mistake(
        &mut self,
        kind: MistakeKind,
        message: impl Into<String>,
        range: Range<usize>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        self.mistakes.push(Mistake::new(kind, message, range, label, help));
    }

    fn wrong_form(&mut self, node: &Node<'_>, what: &str, form: &str) {
        let found = match node.word() {
            Some(word) if !word.is_empty() && !node.is_null() => quoted(word),
            Some(_) => "without a value".to_owned(),
            None => node.describe().to_owned(),
        };
        self.mistake(
            MistakeKind::WrongForm,
            format!("`{what}` must be {form}, and is {found}"),
            first_line(node),
            format!("not {form}"),
            None,
        );
    }

    fn missing(&mut self, key: &str, whole: &str, node: &Node<'_>, help: &str) {
        self.mistake(
            MistakeKind::MissingKey,
            format!("{whole} lacks `{key}`"),
            first_line(node),
            format!("no `{key}`"),
            Some(help.to_owned()),
        );
    }

    /// The entries of a mapping with these keys.
    fn mapping<'a>(&mut self, node: &Node<'a>, what: &str, known: &[&str]) -> Vec<Entry<'a>> {
        let Some(written) = node.entries() else {
            let found = node.describe();
            self.mistake(
                MistakeKind::WrongForm,
                format!("{what} is a mapping, and this is {found}"),
                first_line(node),
                "not a mapping",
                Some(format!("its keys are {}", list(known, 12))),
            );
            return Vec::new();
        };
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for (key, value) in written {
            let Some(word) = key.word() else {
                self.wrong_form(key, "a key", "a word");
                continue;
            };
            if !known.contains(&word) {
                self.mistake(
                    MistakeKind::UnknownKey,
                    format!("{what} has no key {}", quoted(word)),
                    key.range(),
                    "not a key",
                    suggest(&visible(word, 60), "keys", known),
                );
            } else if entries.iter().any(|entry| entry.key == word) {
                self.repeated(word, key);
            } else {
                entries.push(Entry {
                    key: word.to_owned(),
                    key_range: key.range(),
                    value: value.clone(),
                });
            }
        }
        entries
    }

    fn repeated(&mut self, word: &str, key: &Node<'_>) {
        self.mistake(
            MistakeKind::Repeated,
            format!("{} is said twice", quoted(word)),
            key.range(),
            "said before",
            Some("keep one of the two".to_owned()),
        );
    }

    fn text(&mut self, node: &Node<'_>, what: &str) -> Option<Placed<String>> {
        match node.word() {
            Some(word) if !word.trim().is_empty() && !node.is_null() => Some(Placed {
                value: word.to_owned(),
                range: node.range(),
            }),
            _ => {
                self.wrong_form(node, what, "a text");
                None
            }
        }
    }

    /// One text, or a list of them.
    fn texts(&mut self, node: &Node<'_>, what: &str) -> Vec<Placed<String>> {
        match node.elements() {
            Some([]) => {
                self.wrong_form(node, what, "a text or several");
                Vec::new()
            }
            Some(elements) => elements.iter().filter_map(|element| self.text(element, what)).collect(),
            None => self.text(node, what).into_iter().collect(),
        }
    }

    fn rules(&mut self, entry: &Entry<'_>) -> Vec<Placed<String>> {
        self.texts(&entry.value, RULES)
    }

    fn instant<'a>(
        &mut self,
        document: &Document<'a>,
        node: &Node<'a>,
        key: &str,
        model: &Model,
        anchor: Option<&Anchor>,
    ) -> Option<Instant> {
        match document.instant(node, key, model, anchor) {
            Ok(instant) => Some(instant),
            Err(problems) => {
                self.problems(problems, &node.range());
                None
            }
        }
    }

    fn problems(&mut self, problems: Vec<Problem>, place: &Range<usize>) {
        let mistakes = problems.into_iter().map(|problem| Mistake::of_problem(problem, place));
        self.mistakes.extend(mistakes);
    }

    fn event<'a>(&mut self, document: &Document<'a>, node: &Node<'a>, model: &Model, anchor: &Anchor) -> Option<Event> {
        let before = self.mistakes.len();
        let kind = node.entries().into_iter().flatten();
        let kind = kind.clone().find(|(key, _)| key.word() == Some("type"));
        let kind = kind.and_then(|(_, value)| model.event_named(value.word()?));
        if let (Some(kind), Some(entries)) = (kind, node.entries()) {
            let event = model.event(kind);
            let mut known = vec!["time", "type"];
            known.extend(event.fields.iter().map(|field| field.name.as_str()));
            for (key, _) in entries {
                let Some(word) = key.word() else { continue };
                if !known.contains(&word) {
                    self.mistake(
                        MistakeKind::UnknownField,
                        format!("`{}` has no field {}", event.name, quoted(word)),
                        key.range(),
                        "not declared",
                        suggest(&visible(word, 60), "fields", &known),
                    );
                }
            }
        }
        match document.event(node, model, anchor) {
            Ok(event) => (self.mistakes.len() == before).then_some(event),
            Err(problems) => {
                self.problems(problems, &first_line(node));
                None
            }
        }
    }

    fn expect<'a>(
        &mut self,
        document: &Document<'a>,
        entry: &Entry<'a>,
        in_braces: bool,
        model: &Model,
        common: &Common,
    ) -> Option<ExpectedClauses> {
        if self.is_alias(&entry.value) {
            return None;
        }
        let mut clauses: Vec<ExpectedClause> = Vec::new();
        match entry.value.entries() {
            Some(entries) => {
                for (key, value) in entries {
                    let Some(word) = key.word() else {
                        self.wrong_form(key, "a key", "the name of a clause");
                        continue;
                    };
                    let clause = self.clause(word, key, model);
                    if self.is_alias(value) {
                        continue;
                    }
                    let (is_list, instances) = self.instances(document, value, model, common);
                    let Some(clause) = clause else { continue };
                    if clauses.iter().any(|before| before.clause == clause) {
                        self.repeated(word, key);
                        continue;
                    }
                    clauses.push(ExpectedClause {
                        clause,
                        name: key.range(),
                        value: value.range(),
                        is_list,
                        instances,
                    });
                }
                if entries.is_empty() && common.others == Others::Any {
                    self.mistake(
                        MistakeKind::NothingExpected,
                        "the scenario expects nothing of any clause",
                        entry.value.range(),
                        "nothing is expected",
                        Some(format!(
                            "leave out the braces, and `servanda test --update` fills it in; or say `{OTHERS}: none`"
                        )),
                    );
                }
            }
            None if entry.value.is_null() => {}
            None => self.wrong_form(&entry.value, EXPECT, "a mapping of clauses to verdicts"),
        }
        Some(ExpectedClauses {
            key: entry.key_range.clone(),
            value: entry.value.range(),
            is_blank: entry.value.is_null(),
            in_braces,
            clauses,
        })
    }

    /// Whether what is expected is written elsewhere, which cannot be updated.
    fn is_alias(&mut self, node: &Node<'_>) -> bool {
        if node.is_alias() {
            self.mistake(
                MistakeKind::WrongForm,
                "what is expected is written where it belongs, not by an alias",
                node.range(),
                "an alias",
                Some("write it out; events can be aliases".to_owned()),
            );
        }
        node.is_alias()
    }

    fn clause(&mut self, word: &str, key: &Node<'_>, model: &Model) -> Option<ClauseId> {
        let paths: Vec<(ClauseId, String)> = (0..)
            .map(ClauseId)
            .zip(&model.clauses)
            .map(|(id, clause)| {
                let agreement = &model.agreement(clause.agreement).name;
                (id, format!("{agreement}.{}", clause.name))
            })
            .collect();
        let found: Vec<&(ClauseId, String)> = paths
            .iter()
            .filter(|(id, path)| path == word || model.clause(*id).name == word)
            .collect();
        match found.as_slice() {
            [] => {
                let mut names: Vec<&str> = model.clauses.iter().map(|clause| clause.name.as_str()).collect();
                names.dedup();
                if word.contains('.') {
                    names = paths.iter().map(|(_, path)| path.as_str()).collect();
                }
                self.mistake(
                    MistakeKind::UnknownClause,
                    format!("the rules have no clause {}", quoted(word)),
                    key.range(),
                    "not a clause",
                    suggest(&visible(word, 60), "clauses", &names),
                );
                None
            }
            [(id, _)] => Some(*id),
            several => {
                let paths: Vec<&str> = several.iter().map(|(_, path)| path.as_str()).collect();
                self.mistake(
                    MistakeKind::UnknownClause,
                    format!("several clauses have the name {}", quoted(word)),
                    key.range(),
                    "which one?",
                    Some(format!("write one of {}", list(&paths, 6))),
                );
                None
            }
        }
    }

    fn instances<'a>(
        &mut self,
        document: &Document<'a>,
        value: &Node<'a>,
        model: &Model,
        common: &Common,
    ) -> (bool, Vec<Expectation>) {
        if value.word() == Some("none") {
            return (false, Vec::new());
        }
        match value.elements() {
            Some(elements) => {
                let instances = elements
                    .iter()
                    .filter_map(|element| self.instance(document, element, model, common));
                (true, instances.collect())
            }
            None => {
                let instance = self.instance(document, value, model, common);
                (false, instance.into_iter().collect())
            }
        }
    }

    fn instance<'a>(
        &mut self,
        document: &Document<'a>,
        node: &Node<'a>,
        model: &Model,
        common: &Common,
    ) -> Option<Expectation> {
        let mut expectation = Expectation {
            range: node.range(),
            is_word: true,
            is_alias: node.is_alias(),
            verdict: Placed {
                value: Verdict::Open,
                range: node.range(),
            },
            because: Vec::new(),
            opened: None,
            key: None,
        };
        if node.word().is_some() {
            expectation.verdict = self.verdict(node)?;
            return Some(expectation);
        }
        let entries = self.mapping(node, "what is expected of an instance", &INSTANCE);
        expectation.is_word = false;
        if let Some(entry) = find(&entries, BECAUSE) {
            expectation.because = self.texts(&entry.value, BECAUSE);
        }
        if let Some(entry) = find(&entries, OPENED) {
            let opened = self.instant(document, &entry.value, OPENED, model, Some(&common.anchor));
            expectation.opened = opened.map(|value| Placed {
                value,
                range: entry.value.range(),
            });
        }
        if let Some(entry) = find(&entries, FOR) {
            expectation.key = self.text(&entry.value, FOR);
        }
        match find(&entries, VERDICT) {
            Some(entry) => expectation.verdict = self.verdict(&entry.value)?,
            None => {
                if node.entries().is_some() {
                    let help = format!("add it, as in `{VERDICT}: met`");
                    self.missing(VERDICT, "what is expected", node, &help);
                }
                return None;
            }
        }
        Some(expectation)
    }

    fn verdict(&mut self, node: &Node<'_>) -> Option<Placed<Verdict>> {
        let Some(word) = node.word() else {
            self.wrong_form(node, VERDICT, "a verdict");
            return None;
        };
        let known = Verdict::ALL.into_iter().find(|known| known.word() == word);
        if known.is_none() {
            let words = Verdict::ALL.map(Verdict::word);
            let message = if word.is_empty() {
                "there is no verdict here".to_owned()
            } else {
                format!("there is no verdict {}", quoted(word))
            };
            self.mistake(
                MistakeKind::UnknownVerdict,
                message,
                node.range(),
                "not a verdict",
                suggest(&visible(word, 60), "verdicts", &words),
            );
        }
        known.map(|value| Placed {
            value,
            range: node.range(),
        })
    }
}

/// The first line of a part: enough to show which one is meant.
fn first_line(node: &Node<'_>) -> Range<usize> {
    let range = node.range();
    // A part of several lines starts with a key, which is enough.
    match node.entries().and_then(|entries| entries.first()) {
        Some((key, _)) => range.start..key.range().end.max(range.start),
        None => range,
    }
}
