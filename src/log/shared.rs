//! JSON Lines, read by several threads: blocks of lines are decoded ahead, and given out in their order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::blocks::{Block, Blocks, Piece};
use super::crew::{Awaited, Crew};
use super::jsonl::LineDecoder;
use super::reader::{Outcome, Reader, too_long};
use super::record::Schema;
use super::{InputError, Limits};

/// What the lines of a block come to.
pub(super) enum Decoded<B> {
    /// One outcome for each.
    Apart(Vec<Outcome>),
    /// What was made of all of them.
    Together(B),
}

/// Decodes the blocks of a log. What comes of the lines of one is made into something else, as long as the thread that decoded them has them at hand.
pub(super) struct SharedBlocks<'m, B> {
    blocks: Blocks,
    crew: Crew<'m>,
    /// What follows, in its order.
    ahead: VecDeque<Ahead<B>>,
    /// Whether all blocks have been read.
    has_ended: bool,
    schema: Schema<'m>,
    limits: Limits,
    /// Those that nobody uses now.
    benches: Arc<Mutex<Vec<Bench<'m>>>>,
    make: Arc<Make<'m, B>>,
    /// A block that is done with.
    spare: Option<Block>,
}

/// What a thread decodes with: a decoder, which knows the forms that it has met, and room for outcomes.
type Bench<'m> = (LineDecoder<'m>, Vec<Outcome>);

/// Takes outcomes, and may leave the room for them.
type Make<'m, B> = dyn Fn(&mut Vec<Outcome>) -> Decoded<B> + Send + Sync + 'm;

/// What was read ahead.
enum Ahead<B> {
    Decoded(Awaited<(Decoded<B>, Block)>),
    Outcome(Outcome),
    Failure(InputError),
}

impl<'m, B: Send + 'm> SharedBlocks<'m, B> {
    pub(super) fn new(
        blocks: Blocks,
        schema: Schema<'m>,
        limits: Limits,
        crew: &Crew<'m>,
        make: impl Fn(&mut Vec<Outcome>) -> Decoded<B> + Send + Sync + 'm,
    ) -> Self {
        SharedBlocks {
            blocks,
            crew: crew.clone(),
            ahead: VecDeque::new(),
            has_ended: false,
            schema,
            limits,
            benches: Arc::default(),
            make: Arc::new(make),
            spare: None,
        }
    }

    /// What comes next; `None` at the end of the log.
    pub(super) fn next(&mut self) -> Result<Option<Decoded<B>>, InputError> {
        self.read_ahead();
        match self.ahead.pop_front() {
            Some(Ahead::Decoded(awaited)) => {
                // A thread of the crew that panicked makes this one panic too, once the crew is dismissed.
                let Some((decoded, block)) = self.crew.wait(&awaited) else {
                    return Ok(None);
                };
                self.spare = Some(block);
                self.read_ahead();
                Ok(Some(decoded))
            }
            Some(Ahead::Outcome(outcome)) => Ok(Some(Decoded::Apart(vec![outcome]))),
            Some(Ahead::Failure(failure)) => Err(failure),
            None => Ok(None),
        }
    }

    /// Bytes of text consumed so far, after decompression.
    pub(super) fn position(&self) -> u64 {
        self.blocks.position()
    }

    /// Reads on, as far ahead as keeps all threads busy.
    fn read_ahead(&mut self) {
        let most = 2 * (self.crew.size() + 1);
        while !self.has_ended && self.ahead.len() < most {
            let ahead = match self.blocks.next(self.spare.take()) {
                Ok(Some(Piece::Lines(block))) => Ahead::Decoded(self.ask(block)),
                Ok(Some(Piece::TooLong(origin))) => Ahead::Outcome(Err(vec![too_long(origin, self.limits)])),
                Ok(None) => {
                    self.has_ended = true;
                    return;
                }
                Err(failure) => {
                    self.has_ended = true;
                    Ahead::Failure(failure)
                }
            };
            self.ahead.push_back(ahead);
        }
    }

    /// Lets the crew decode a block.
    fn ask(&self, mut block: Block) -> Awaited<(Decoded<B>, Block)> {
        let (benches, schema, limits) = (Arc::clone(&self.benches), self.schema.clone(), self.limits);
        let make = Arc::clone(&self.make);
        self.crew.ask(move || {
            let free = || benches.lock().unwrap_or_else(PoisonError::into_inner);
            let known = free().pop();
            let (mut decoder, mut outcomes) = known.unwrap_or_else(|| (LineDecoder::new(schema, limits), Vec::new()));
            block.examine();
            while let Some((line, origin)) = block.next() {
                outcomes.extend(decoder.outcome(line, origin));
            }
            let made = make(&mut outcomes);
            outcomes.clear();
            free().push((decoder, outcomes));
            (made, block)
        })
    }
}

/// Reads a log of JSON Lines as [`super::jsonl::JsonlReader`] does, with several threads.
pub(super) struct SharedJsonlReader<'m> {
    blocks: SharedBlocks<'m, Never>,
    present: std::vec::IntoIter<Outcome>,
}

/// Nothing is made of the lines of a block together.
pub(super) enum Never {}

impl<B> Decoded<B> {
    /// Takes outcomes as they are.
    pub(super) fn apart(outcomes: &mut Vec<Outcome>) -> Self {
        Decoded::Apart(std::mem::take(outcomes))
    }
}

impl<'m> SharedJsonlReader<'m> {
    pub(super) fn new(blocks: SharedBlocks<'m, Never>) -> Self {
        SharedJsonlReader {
            blocks,
            present: Vec::new().into_iter(),
        }
    }
}

impl Reader for SharedJsonlReader<'_> {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        loop {
            if let Some(outcome) = self.present.next() {
                return Ok(Some(outcome));
            }
            match self.blocks.next()? {
                Some(Decoded::Apart(outcomes)) => self.present = outcomes.into_iter(),
                Some(Decoded::Together(never)) => match never {},
                None => return Ok(None),
            }
        }
    }

    fn position(&self) -> u64 {
        self.blocks.position()
    }
}
