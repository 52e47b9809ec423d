//! One JSON object taken apart in one pass, without recursion and without memory of its own.
//!
//! What it takes, `serde_json` takes too, and to the same entries; what it does not take may still be JSON. It is the short way for most records,
//! and [`super::json_text`] the long one, which also says what is wrong.

/// One entry of an object, by its places in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key, without its quotes.
    key: (usize, usize),
    sketch: Sketch,
    /// The value, with its quotes.
    value: (usize, usize),
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    /// A text that is written as it is.
    Text,
    /// A text with escapes, which have the form of escapes and may stand for no character.
    EscapedText,
    /// A list or an object.
    Compound,
}

/// The start and the length of a name. A short name is all in it, so that most are told apart by one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sketch(u64);

impl Sketch {
    const HELD: usize = 7;

    #[inline]
    pub(super) fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let start = match (
            bytes.first_chunk::<8>(),
            bytes.first_chunk::<4>(),
            bytes.last_chunk::<4>(),
        ) {
            (Some(word), ..) => u64::from_le_bytes(*word),
            (None, Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (bytes.len() - 4))
            }
            _ => {
                let byte = |at: usize| bytes.get(at).map_or(0, |byte| u64::from(*byte) << (8 * at));
                byte(0) | byte(1) | byte(2)
            }
        };
        Sketch::new(start, name.len())
    }

    /// Whether a name is this one, whose sketch is known.
    #[inline]
    pub(super) fn is_of(self, name: &str, known: Sketch, known_name: &str) -> bool {
        self == known && (name.len() <= Sketch::HELD || name == known_name)
    }

    /// The first bytes of a name, with whatever follows it.
    #[inline]
    fn new(start: u64, length: usize) -> Self {
        let kept = match length.min(Sketch::HELD) {
            0 => 0,
            held => u64::MAX >> (64 - 8 * held),
        };
        // Lengths of which the eighth byte cannot tell are told apart by the names themselves.
        let length = u8::try_from(length).unwrap_or(u8::MAX);
        Sketch(start & kept | u64::from(length) << (8 * Sketch::HELD))
    }
}

impl Entry {
    /// Whether the key is this one, whose sketch is known.
    pub(super) fn is_named(&self, text: &str, name: &str, sketch: Sketch) -> bool {
        self.sketch == sketch && (name.len() <= Sketch::HELD || self.key(text) == Some(name))
    }

    fn key<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(self.key.0..self.key.1)
    }

    /// The places of the value, with its quotes.
    pub(super) fn value(&self) -> (usize, usize) {
        self.value
    }

    /// The value as it is written, and where it starts.
    pub(super) fn written<'t>(&self, text: &'t str) -> Option<(&'t str, usize)> {
        Some((text.get(self.value.0..self.value.1)?, self.value.0))
    }

    /// The text between the quotes of a text.
    pub(super) fn quoted<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(self.value.0 + 1..self.value.1.checked_sub(1)?)
    }
}

/// More entries are left to the long way, which finds a repetition among many of them in less than quadratic time.
const MOST_ENTRIES: usize = 32;

/// An object that is taken apart entry by entry, if every key is written as it is, and said once.
pub(super) struct Scan<'t> {
    text: &'t str,
    cursor: Cursor<'t>,
    /// Whether an entry follows.
    goes_on: bool,
}

impl<'t> Scan<'t> {
    /// Stands before the first entry.
    #[inline]
    pub(super) fn new(text: &'t str) -> Option<Self> {
        let mut cursor = Cursor::new(text, 0);
        cursor.blanks();
        cursor.take(b'{')?;
        cursor.blanks();
        let goes_on = cursor.peek()? != b'}';
        if !goes_on {
            cursor.at += 1;
        }
        Some(Scan { text, cursor, goes_on })
    }

    /// Whether there is another entry.
    #[inline]
    pub(super) fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Takes the next entry, beside those taken before.
    #[inline]
    pub(super) fn entry(&mut self, entries: &mut Vec<Entry>) -> Option<Entry> {
        self.goes_on = self.cursor.entry(self.text, entries)?;
        entries.last().copied()
    }

    /// Takes all entries that are left, and the end.
    #[inline]
    pub(super) fn rest(&mut self, entries: &mut Vec<Entry>) -> Option<()> {
        while self.goes_on {
            self.entry(entries)?;
        }
        self.cursor.blanks();
        (self.cursor.at == self.text.len()).then_some(())
    }
}

/// A place in a text.
pub(super) struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Cursor<'t> {
    #[inline]
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Cursor {
            bytes: text.as_bytes(),
            at,
        }
    }

    #[inline]
    pub(super) fn place(&self) -> usize {
        self.at
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    #[inline]
    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// The next eight bytes, if there are as many.
    #[inline]
    fn word(&self, at: usize) -> Option<u64> {
        let chunk = self.bytes.get(at..)?.first_chunk::<8>()?;
        Some(u64::from_le_bytes(*chunk))
    }

    /// Takes one entry and the comma or brace after it. Whether there is another one.
    #[inline]
    fn entry(&mut self, text: &str, entries: &mut Vec<Entry>) -> Option<bool> {
        self.take(b'"')?;
        let from = self.at;
        if self.text()? {
            return None;
        }
        let key = (from, self.at - 1);
        self.blanks();
        self.take(b':')?;
        self.blanks();
        let value_start = self.at;
        let kind = self.value()?;
        let name = text.get(key.0..key.1)?;
        let sketch = match self.word(from) {
            Some(start) => Sketch::new(start, name.len()),
            None => Sketch::of(name),
        };
        let entry = Entry {
            key,
            sketch,
            value: (value_start, self.at),
            kind,
        };
        let is_said = entries.iter().any(|known| known.is_named(text, name, sketch));
        if is_said || entries.len() == MOST_ENTRIES {
            return None;
        }
        entries.push(entry);
        self.blanks();
        let goes_on = match self.peek()? {
            b',' => true,
            b'}' => false,
            _ => return None,
        };
        self.at += 1;
        if goes_on {
            self.blanks();
        }
        Some(goes_on)
    }

    /// Takes the rest of a text, behind its first quote. Whether it has escapes.
    #[inline]
    pub(super) fn text(&mut self) -> Option<bool> {
        let mut escaped = false;
        loop {
            while let Some(word) = self.word(self.at) {
                let special = special_bytes(word);
                if special != 0 {
                    self.at += special.trailing_zeros() as usize / 8;
                    break;
                }
                self.at += 8;
            }
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(escaped);
                }
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                0..=0x1f => return None,
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let digits = match *self.bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 0,
            b'u' => 4,
            _ => return None,
        };
        let digits = self.bytes.get(self.at + 2..self.at + 2 + digits)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        self.at += 2 + digits.len();
        Some(())
    }

    #[inline]
    fn value(&mut self) -> Option<Kind> {
        match self.peek()? {
            b'[' | b'{' => self.compound().map(|()| Kind::Compound),
            _ => self.scalar(),
        }
    }

    #[inline]
    fn scalar(&mut self) -> Option<Kind> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                let escaped = self.text()?;
                Some(if escaped { Kind::EscapedText } else { Kind::Text })
            }
            b'n' => self.word_of(b"null", Kind::Null),
            b't' => self.word_of(b"true", Kind::True),
            b'f' => self.word_of(b"false", Kind::False),
            _ => self.number().map(|()| Kind::Number),
        }
    }

    fn word_of(&mut self, word: &[u8], kind: Kind) -> Option<Kind> {
        self.bytes.get(self.at..)?.starts_with(word).then(|| {
            self.at += word.len();
            kind
        })
    }

    /// Takes a number.
    pub(super) fn number(&mut self) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits()?,
            _ => return None,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    /// Takes a list or an object, whatever is in it, up to a depth.
    fn compound(&mut self) -> Option<()> {
        const DEEPEST: u32 = 64;
        // One bit for each open bracket, the innermost lowest: whether it is a brace.
        let mut open = 0_u64;
        let mut depth = 0;
        loop {
            self.blanks();
            match self.peek()? {
                bracket @ (b'[' | b'{') => {
                    if depth == DEEPEST {
                        return None;
                    }
                    let is_object = bracket == b'{';
                    depth += 1;
                    open = open << 1 | u64::from(is_object);
                    self.at += 1;
                    self.blanks();
                    if self.peek()? != if is_object { b'}' } else { b']' } {
                        if is_object {
                            self.inner_key()?;
                        }
                        continue;
                    }
                }
                _ => {
                    self.scalar()?;
                }
            }
            loop {
                self.blanks();
                let is_object = open & 1 == 1;
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        if is_object {
                            self.blanks();
                            self.inner_key()?;
                        }
                        break;
                    }
                    b'}' if is_object => {}
                    b']' if !is_object => {}
                    _ => return None,
                }
                self.at += 1;
                depth -= 1;
                open >>= 1;
                if depth == 0 {
                    return Some(());
                }
            }
        }
    }

    fn inner_key(&mut self) -> Option<()> {
        self.take(b'"')?;
        self.text()?;
        self.blanks();
        self.take(b':')
    }
}

/// The length of a text that is written as it is, from behind its first quote to its last one.
#[inline]
pub(super) fn plain_length(text: &[u8]) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    for (word, at) in words.iter().zip((0..).step_by(8)) {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            let length = at + special.trailing_zeros() as usize / 8;
            return (*text.get(length)? == b'"').then_some(length);
        }
    }
    let end = rest.iter().position(|byte| is_special(*byte))?;
    (rest[end] == b'"').then_some(text.len() - rest.len() + end)
}

/// Whether a text of JSON has a name as it is, without escapes.
pub(super) fn is_plain(name: &str) -> bool {
    !name.bytes().any(is_special)
}

/// Whether a byte ends the plain part of a text: a quote, a backslash, a control character.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..=0x1f)
}

/// The high bits of the bytes that end the plain part of a text. Only the lowest one that is set is certain.
#[inline]
fn special_bytes(word: u64) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = LOW << 7;
    let zeros = |word: u64| word.wrapping_sub(LOW) & !word;
    let control = word.wrapping_sub(LOW * 0x20) & !word;
    (zeros(word ^ (LOW * u64::from(b'"'))) | zeros(word ^ (LOW * u64::from(b'\\'))) | control) & HIGH
}
