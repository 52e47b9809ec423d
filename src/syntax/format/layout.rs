//! Where lines break, and where they can.

use std::ops::Range;

use pest::iterators::{Pair, Pairs};

use super::super::Rule;
use super::shape::{Shape, shape};
use super::words::Words;
use super::{DUTY_WIDTH, STEP, WIDTH};

/// A set of places at which a line is broken at all of them or at none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupId(usize);

/// A stretch of words with a set of places to break it at.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) parent: Option<GroupId>,
    pub(super) words: Range<usize>,
    /// The columns that it has at most on one line.
    pub(super) width: usize,
}

/// What stands between a word and the one before it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Break {
    /// So many spaces.
    Never(usize),
    /// A line ends if the group is broken; else so many spaces.
    With(GroupId, usize),
    /// A line ends.
    Always {
        /// What becomes of a blank line there.
        blank: Blank,
    },
}

/// What becomes of blank lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blank {
    /// They are left out.
    Dropped,
    /// One is kept.
    Kept,
    /// One is kept, but not at the start of a block.
    Opening,
    /// One is kept, but not at the end of a block.
    Closing,
    /// There is one.
    Wanted,
}

/// How a word is set off from the one before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Separation {
    pub(super) kind: Break,
    /// Where the word stands if it starts a line.
    pub(super) indent: usize,
    /// Where comments before it stand if they start a line.
    pub(super) comments: usize,
}

/// Where lines break.
pub(super) struct Layout {
    /// One before each word, and one at the end of the text.
    pub(super) separations: Vec<Separation>,
    pub(super) groups: Vec<Group>,
}

impl Layout {
    pub(super) fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.0]
    }

    /// The groups with their ids, the outer before the inner.
    pub(super) fn ids(&self) -> impl Iterator<Item = GroupId> + use<> {
        (0..self.groups.len()).map(GroupId)
    }

    /// How wide words are on one line, what stands before the first apart.
    pub(super) fn flat_width(&self, words: &Words<'_>, range: Range<usize>) -> usize {
        let first = range.start;
        range
            .map(|word| words.width(word) + if word == first { 0 } else { self.space(word) })
            .sum()
    }

    /// The spaces before a word that does not start a line.
    pub(super) fn space(&self, word: usize) -> usize {
        match self.separations[word].kind {
            Break::Never(space) | Break::With(_, space) => space,
            Break::Always { .. } => 0,
        }
    }

    /// Whether words can stand on one line at all.
    pub(super) fn can_be_flat(&self, words: &Words<'_>, range: Range<usize>) -> bool {
        let mut inner = range.skip(1);
        inner.all(|word| {
            words.gaps[word].comments.is_empty() && !matches!(self.separations[word].kind, Break::Always { .. })
        })
    }
}

impl GroupId {
    pub(super) fn position(self) -> usize {
        self.0
    }
}

/// Where the lines of a text can break.
pub(super) fn layout(words: &Words<'_>, pairs: Pairs<'_, Rule>) -> Layout {
    let plain = Separation {
        kind: Break::Never(1),
        indent: 0,
        comments: 0,
    };
    let mut builder = Builder {
        words,
        layout: Layout {
            separations: vec![plain; words.len() + 1],
            groups: Vec::new(),
        },
    };
    let place = Place { indent: 0, group: None };
    for pair in pairs {
        builder.pair(pair, place);
    }
    let kind = Break::Always { blank: Blank::Closing };
    builder.layout.separations[words.len()].kind = kind;
    builder.layout
}

/// Where something is laid out.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Where the line starts that it belongs to.
    indent: usize,
    /// What its parts are broken with.
    group: Option<GroupId>,
}

impl Place {
    fn deeper(self) -> Place {
        Place {
            indent: self.indent + STEP,
            ..self
        }
    }
}

/// What a pair is made of.
enum Element<'i> {
    Pair(Pair<'i, Rule>, Range<usize>),
    /// A sign that has no pair.
    Sign(usize),
}

impl Element<'_> {
    fn first(&self) -> usize {
        match self {
            Element::Pair(_, words) => words.start,
            Element::Sign(word) => *word,
        }
    }

    fn rule(&self) -> Option<Rule> {
        match self {
            Element::Pair(pair, _) => Some(pair.as_rule()),
            Element::Sign(_) => None,
        }
    }
}

struct Builder<'w, 't> {
    words: &'w Words<'t>,
    layout: Layout,
}

impl Builder<'_, '_> {
    fn group(&mut self, parent: Option<GroupId>, words: Range<usize>) -> GroupId {
        self.layout.groups.push(Group {
            parent,
            words,
            width: WIDTH,
        });
        GroupId(self.layout.groups.len() - 1)
    }

    fn range(&self, pair: &Pair<'_, Rule>) -> Range<usize> {
        let span = pair.as_span();
        self.words.within(span.start()..span.end())
    }

    fn elements<'i>(&self, pair: Pair<'i, Rule>) -> Vec<Element<'i>> {
        let range = self.range(&pair);
        let mut elements = Vec::new();
        let mut next = range.start;
        for inner in pair.into_inner() {
            let words = self.range(&inner);
            if words.is_empty() {
                continue;
            }
            elements.extend((next..words.start).map(Element::Sign));
            next = words.end;
            elements.push(Element::Pair(inner, words));
        }
        elements.extend((next..range.end).map(Element::Sign));
        elements
    }

    fn text(&self, element: &Element<'_>) -> &str {
        match element {
            Element::Sign(word) => self.words.texts[*word],
            Element::Pair(..) => "",
        }
    }

    /// Lays out what an element is made of; what stands before its first word is for the caller.
    fn inner(&mut self, element: Element<'_>, place: Place) {
        if let Element::Pair(pair, _) = element {
            self.pair(pair, place);
        }
    }

    fn set(&mut self, word: usize, kind: Break, indent: usize) {
        self.layout.separations[word] = Separation {
            kind,
            indent,
            comments: indent,
        };
    }

    fn pair(&mut self, pair: Pair<'_, Rule>, place: Place) {
        let range = self.range(&pair);
        let rule = pair.as_rule();
        let elements = self.elements(pair);
        match shape(rule) {
            Shape::Word | Shape::Nothing => {}
            Shape::Inline | Shape::Group => self.inline(elements, place, place, &[]),
            Shape::Deep => self.inline(elements, place, place.deeper(), &[]),
            Shape::Breaks(words) | Shape::Part(words) => self.inline(elements, place, place, words),
            Shape::Series(words) => {
                let alone = elements.iter().map(|element| match element {
                    Element::Pair(_, words) => Some(self.group(place.group, words.clone())),
                    Element::Sign(_) => None,
                });
                let alone: Vec<Option<GroupId>> = alone.collect();
                self.inline_with(elements, place, place, words, &alone);
            }
            Shape::Own(words) | Shape::OwnPart(words) => {
                let group = Some(self.group(place.group, range));
                let place = Place { group, ..place };
                self.inline(elements, place, place, words);
            }
            Shape::Chain(words) => {
                let is_chain = elements
                    .iter()
                    .any(|element| element.rule().is_some_and(|rule| words.contains(&rule)));
                if !is_chain {
                    return self.inline(elements, place, place, &[]);
                }
                let group = Some(self.group(place.group, range));
                let place = Place { group, ..place };
                self.inline(elements, place, place.deeper(), words);
            }
            Shape::Enumeration => self.enumeration(elements, range, place),
            Shape::Commas => {
                let group = self.group(place.group, range);
                let indent = place.indent + STEP;
                let commas: Vec<bool> = elements.iter().map(|element| self.text(element) == ",").collect();
                let firsts: Vec<usize> = elements.iter().map(Element::first).collect();
                self.inline(elements, place, place, &[]);
                for (comma, after) in commas.iter().zip(firsts.iter().skip(1)) {
                    if *comma {
                        self.set(*after, Break::With(group, 1), indent);
                    }
                }
            }
            Shape::List => self.list(elements, range, place),
            Shape::Block => self.block(elements, place),
            Shape::Fields => self.fields(elements, range, place),
            Shape::File => {
                let events: Vec<Range<usize>> = elements
                    .iter()
                    .filter(|element| element.rule() == Some(Rule::event_decl))
                    .map(|element| match element {
                        Element::Pair(_, words) => words.clone(),
                        Element::Sign(word) => *word..word + 1,
                    })
                    .collect();
                self.statements(elements, 0);
                self.align(&events);
            }
        }
    }

    /// Elements on one line, which is broken with the group of the place before parts and before some words; after such a word things stand
    /// further to the right.
    fn inline(&mut self, elements: Vec<Element<'_>>, place: Place, inner: Place, breaks: &[Rule]) {
        self.inline_with(elements, place, inner, breaks, &[]);
    }

    /// The same, with groups that some of the elements have for themselves.
    fn inline_with(
        &mut self,
        elements: Vec<Element<'_>>,
        place: Place,
        mut inner: Place,
        breaks: &[Rule],
        alone: &[Option<GroupId>],
    ) {
        let deeper = place.indent + STEP;
        let mut before: Option<&str> = None;
        for (position, element) in elements.into_iter().enumerate() {
            let sign = self.text(&element);
            let tight = before == Some("(")
                || matches!(sign, ":" | "," | ")" | ".")
                || before == Some(".")
                || element.rule() == Some(Rule::parameters);
            let breaks_here = element.rule().is_some_and(|rule| breaks.contains(&rule));
            let is_part = element
                .rule()
                .is_some_and(|rule| matches!(shape(rule), Shape::Part(_) | Shape::OwnPart(_)));
            before = match element {
                Element::Sign(word) => Some(self.words.texts[word]),
                Element::Pair(..) => None,
            };
            let mut own = inner;
            own.group = alone.get(position).copied().flatten().or(inner.group);
            if position > 0 {
                let kind = match place.group {
                    Some(group) if breaks_here || is_part => Break::With(group, 1),
                    _ => Break::Never(usize::from(!tight)),
                };
                self.set(element.first(), kind, deeper);
                if breaks_here {
                    inner.indent = deeper;
                }
                if is_part {
                    own.indent = deeper;
                }
            }
            self.inner(element, own);
        }
    }

    /// Names with signs between them.
    fn enumeration(&mut self, elements: Vec<Element<'_>>, range: Range<usize>, place: Place) {
        let group = self.group(place.group, range);
        for element in elements.into_iter().skip(1) {
            let kind = match element {
                Element::Sign(_) => Break::With(group, 1),
                Element::Pair(..) => Break::Never(1),
            };
            self.set(element.first(), kind, place.indent + STEP);
        }
    }

    /// What a list is for, and the list in its brackets.
    fn list(&mut self, elements: Vec<Element<'_>>, range: Range<usize>, place: Place) {
        let opening = elements
            .iter()
            .position(|element| matches!(self.text(element), "(" | "["));
        let opening = opening.unwrap_or(0);
        let start = elements.get(opening).map_or(range.start, Element::first);
        let group = self.group(place.group, start..range.end);
        let inner = Place {
            indent: place.indent + STEP,
            group: Some(group),
        };
        let last = elements.len().saturating_sub(1);
        let mut after_comma = false;
        for (position, element) in elements.into_iter().enumerate() {
            let word = element.first();
            let is_comma = self.text(&element) == ",";
            if position == opening && position > 0 {
                self.set(word, Break::Never(0), inner.indent);
            } else if position < opening && position > 0 {
                self.set(word, Break::Never(1), inner.indent);
            } else if position == last && position > opening {
                self.set(word, Break::With(group, 0), place.indent);
                self.layout.separations[word].comments = inner.indent;
            } else if is_comma {
                self.set(word, Break::Never(0), inner.indent);
            } else if position > opening {
                self.set(word, Break::With(group, usize::from(after_comma)), inner.indent);
            }
            after_comma = is_comma;
            self.inner(element, inner);
        }
    }

    /// The position of the brace that opens a block.
    fn opening_brace(&self, elements: &[Element<'_>]) -> usize {
        let position = elements.iter().position(|element| self.text(element) == "{");
        position.unwrap_or(elements.len())
    }

    /// A heading, and braces with a statement on each line.
    fn block(&mut self, mut elements: Vec<Element<'_>>, place: Place) {
        let opening = self.opening_brace(&elements);
        let mut rest = elements.split_off((opening + 1).min(elements.len()));
        self.inline(elements, place, place.deeper(), &[]);
        let closing = rest.pop();
        let is_empty = rest.is_empty();
        self.statements(rest, place.indent + STEP);
        if let Some(closing) = closing {
            self.close(closing.first(), is_empty, place.indent);
        }
    }

    fn close(&mut self, word: usize, is_empty: bool, indent: usize) {
        let kind = match (is_empty, self.words.gaps[word].comments.is_empty()) {
            (true, true) => Break::Never(0),
            (true, false) => Break::Always { blank: Blank::Dropped },
            (false, _) => Break::Always { blank: Blank::Closing },
        };
        self.set(word, kind, indent);
        self.layout.separations[word].comments = indent + STEP;
    }

    /// Statements, each on a line.
    fn statements(&mut self, elements: Vec<Element<'_>>, indent: usize) {
        let mut before = None;
        for element in elements {
            let rule = element.rule();
            let stands_alone =
                |rule: Option<Rule>| matches!(rule, Some(Rule::clause | Rule::template | Rule::agreement));
            let blank = match before {
                None => Blank::Opening,
                Some(before) if stands_alone(before) || stands_alone(rule) => Blank::Wanted,
                Some(_) => Blank::Kept,
            };
            before = Some(rule);
            self.set(element.first(), Break::Always { blank }, indent);
            if let Element::Pair(pair, words) = element {
                let group = self.group(None, words);
                if matches!(rule, Some(Rule::duty | Rule::otherwise | Rule::permission)) {
                    self.layout.groups[group.0].width = DUTY_WIDTH;
                }
                let group = Some(group);
                self.pair(pair, Place { indent, group });
            }
        }
    }

    /// A heading, and braces with fields: on one line if there is no title, else one line of fields or a line for each.
    fn fields(&mut self, mut elements: Vec<Element<'_>>, range: Range<usize>, place: Place) {
        let opening = self.opening_brace(&elements);
        let mut rest = elements.split_off((opening + 1).min(elements.len()));
        let has_title = elements.iter().any(|element| element.rule() == Some(Rule::text));
        self.inline(elements, place, place, &[]);
        let Some(closing) = rest.pop() else { return };
        let Some(first) = rest.first().map(Element::first) else {
            return self.close(closing.first(), true, place.indent);
        };
        let outer = self.group(place.group, range);
        let fields = self.group(Some(outer), first..closing.first());
        let indent = place.indent + STEP;
        let mut after_comma = false;
        for element in rest {
            let word = element.first();
            let is_comma = self.text(&element) == ",";
            if is_comma {
                self.set(word, Break::Never(0), indent);
            } else if after_comma {
                self.set(word, Break::With(fields, 1), indent);
            } else if has_title {
                self.set(word, Break::Always { blank: Blank::Dropped }, indent);
            } else {
                self.set(word, Break::With(outer, 1), indent);
            }
            after_comma = is_comma;
            let group = Some(fields);
            self.inner(element, Place { indent, group });
        }
        let word = closing.first();
        if has_title {
            self.set(word, Break::Always { blank: Blank::Dropped }, place.indent);
        } else {
            self.set(word, Break::With(outer, 1), place.indent);
        }
        self.layout.separations[word].comments = indent;
    }

    /// Sets the braces of events below one another that stand on neighbouring lines.
    fn align(&mut self, events: &[Range<usize>]) {
        let brace = |event: &Range<usize>| event.start + 2;
        let is_flat = |builder: &Self, event: &Range<usize>| {
            builder.words.texts.get(brace(event)) == Some(&"{")
                && builder.layout.can_be_flat(builder.words, event.clone())
                && builder.layout.flat_width(builder.words, event.clone()) <= WIDTH
        };
        let follows = |builder: &Self, before: &Range<usize>, event: &Range<usize>| {
            let gap = &builder.words.gaps[event.start];
            before.end == event.start && !gap.blank && gap.comments.iter().all(|comment| !comment.own_line)
        };
        let mut run: Vec<Range<usize>> = Vec::new();
        for event in events {
            let joins = is_flat(self, event) && run.last().is_none_or(|before| follows(self, before, event));
            if !joins {
                self.align_run(&std::mem::take(&mut run));
            }
            if joins || is_flat(self, event) {
                run.push(event.clone());
            }
        }
        self.align_run(&run);
    }

    fn align_run(&mut self, run: &[Range<usize>]) {
        let name = |event: &Range<usize>| self.words.width(event.start + 1);
        let widest = run.iter().map(name).max().unwrap_or(0);
        let fits = run.iter().all(|event| {
            let padding = widest - name(event);
            self.layout.flat_width(self.words, event.clone()) + padding <= WIDTH
        });
        if !fits {
            return;
        }
        let paddings: Vec<(usize, usize)> = run
            .iter()
            .map(|event| (event.start + 2, widest - name(event)))
            .collect();
        for (word, padding) in paddings {
            self.layout.separations[word].kind = Break::Never(1 + padding);
        }
    }
}
