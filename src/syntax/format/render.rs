//! Words and their layout to text.

use unicode_width::UnicodeWidthStr;

use super::layout::{Blank, Break, GroupId, Layout};
use super::words::Words;

/// The text of words in a layout.
pub(super) fn render(words: &Words<'_>, layout: &Layout) -> String {
    let mut starting: Vec<Vec<GroupId>> = vec![Vec::new(); words.len() + 1];
    for id in layout.ids() {
        starting[layout.group(id).words.start].push(id);
    }
    let mut renderer = Renderer {
        words,
        layout,
        broken: vec![false; layout.groups.len()],
        out: String::new(),
        column: 0,
    };
    for (word, groups) in starting.iter().enumerate().take(words.len()) {
        renderer.separate(word);
        for &group in groups {
            renderer.decide(group);
        }
        renderer.put(words.texts[word]);
    }
    renderer.end();
    renderer.out
}

struct Renderer<'a> {
    words: &'a Words<'a>,
    layout: &'a Layout,
    /// For each group, whether it is broken.
    broken: Vec<bool>,
    out: String,
    column: usize,
}

impl Renderer<'_> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.width();
    }

    /// Starts a line, after a blank one or not; at the start of the text both are there already.
    fn line(&mut self, indent: usize, blank: bool) {
        if !self.out.is_empty() {
            self.out.push('\n');
            if blank {
                self.out.push('\n');
            }
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    fn separate(&mut self, word: usize) {
        let separation = self.layout.separations[word];
        let gap = &self.words.gaps[word];
        let ends_line = match separation.kind {
            Break::Always { .. } => true,
            Break::With(group, _) => self.broken[group.position()],
            Break::Never(_) => false,
        };
        if !ends_line && gap.comments.is_empty() {
            let space = self.layout.space(word);
            self.out.extend(std::iter::repeat_n(' ', space));
            self.column += space;
            return;
        }
        let blank = match separation.kind {
            Break::Always { blank } => blank,
            Break::With(..) | Break::Never(_) => Blank::Dropped,
        };
        self.comments(word, blank);
        let has_comments = !gap.comments.is_empty();
        let after_blank = match blank {
            Blank::Dropped | Blank::Closing => false,
            Blank::Kept => gap.blank,
            Blank::Opening => gap.blank && has_comments,
            Blank::Wanted => gap.blank || (gap.comments.iter().all(|comment| !comment.own_line)),
        };
        self.line(separation.indent, after_blank);
    }

    fn comments(&mut self, word: usize, blank: Blank) {
        let gap = &self.words.gaps[word];
        let indent = self.layout.separations[word].comments;
        let own = gap.comments.iter().filter(|comment| comment.own_line);
        let lacks_blank = blank == Blank::Wanted && !gap.blank && own.clone().all(|comment| !comment.after_blank);
        let mut is_first_own = true;
        for (position, comment) in gap.comments.iter().enumerate() {
            if !comment.own_line {
                if !self.out.is_empty() {
                    self.put(" ");
                }
                self.put(comment.text);
                continue;
            }
            let after_blank = match blank {
                Blank::Dropped => false,
                Blank::Opening => comment.after_blank && position > 0,
                Blank::Kept | Blank::Closing => comment.after_blank,
                Blank::Wanted => comment.after_blank || (lacks_blank && is_first_own),
            };
            is_first_own = false;
            self.line(indent, after_blank);
            self.put(comment.text);
        }
    }

    fn end(&mut self) {
        let end = self.words.len();
        self.comments(end, Blank::Closing);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    /// Breaks a group, which starts here, unless it fits on the line with what follows it there.
    fn decide(&mut self, id: GroupId) {
        let group = self.layout.group(id);
        let parent_is_flat = group.parent.is_some_and(|parent| {
            // A parent that starts later has not been decided; there is none.
            self.layout.group(parent).words.start <= group.words.start && !self.broken[parent.position()]
        });
        if parent_is_flat {
            return;
        }
        let range = group.words.clone();
        let fits = self.layout.can_be_flat(self.words, range.clone()) && {
            let own = self.column + self.layout.flat_width(self.words, range.clone());
            own + self.trailing(range.end) <= group.width
        };
        self.broken[id.position()] = !fits;
    }

    /// How much follows on the line of the word before this one, up to the next place that is or can be broken.
    fn trailing(&self, from: usize) -> usize {
        let mut width = 0;
        for word in from..self.words.len() {
            if !self.words.gaps[word].comments.is_empty() {
                break;
            }
            match self.layout.separations[word].kind {
                Break::Always { .. } => break,
                Break::With(..) => break,
                Break::Never(space) => width += space + self.words.width(word),
            }
        }
        width
    }
}
