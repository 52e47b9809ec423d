//! Logs that are read by several threads: pieces are decoded ahead, and given out in their order.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use super::amend::Record;
use super::crew::{Awaited, Crew, Hand};
use super::passing::{Passed, Span};
use super::pieces::{Apart, Decoder, Decoders, Next, Pieces, Taker};
use super::reader::{Outcome, Reader};
use super::{Event, InputError, Origin};

/// What the records of a piece come to.
pub(super) enum Decoded<B> {
    /// One outcome for each.
    Apart(Vec<Outcome>),
    /// What was made of all of them.
    Together(B),
}

/// Makes one thing of the records of a piece, as the thread that decodes them has them at hand.
pub(super) trait Gather: Clone + Send {
    /// What is made of them.
    type Made: Send;

    /// What a thread makes of no records; `None` where they are wanted apart.
    fn begin(&self, by: Hand) -> Option<Self::Made>;

    /// Adds a record. Breaks if it is none of those that can be had together.
    fn add(&self, made: &mut Self::Made, record: Record) -> ControlFlow<()>;

    /// As [`Gather::add`], of an event.
    fn event(&self, made: &mut Self::Made, event: Arc<Event>) -> ControlFlow<()>;

    /// Within what span the next records may be added together, if nobody asks for them.
    fn span(&self, made: &Self::Made) -> Span;

    /// Adds records of that span that nobody asks for, which were passed over.
    fn pass(&self, made: &mut Self::Made, passed: &Passed);
}

/// Gathers what the records of a piece come to. Breaks at something that cannot be gathered.
struct Gathering<'g, G: Gather> {
    gather: &'g G,
    made: G::Made,
}

impl<G: Gather> Taker for Gathering<'_, G> {
    fn take(&mut self, outcome: Outcome) -> ControlFlow<()> {
        match outcome {
            Ok(record) => self.gather.add(&mut self.made, record),
            Err(_) => ControlFlow::Break(()),
        }
    }

    #[inline]
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
        self.gather.event(&mut self.made, event)
    }

    #[inline]
    fn span(&self) -> Option<Span> {
        Some(self.gather.span(&self.made))
    }

    #[inline]
    fn pass(&mut self, passed: &Passed) {
        self.gather.pass(&mut self.made, passed);
    }
}

/// Decodes the pieces of a log, and gathers the records of each. A piece is decoded anew where something is wrong with a record, or where records cannot
/// be had together.
pub(super) struct Shared<'m, P: Pieces<'m>, G: Gather> {
    pieces: P,
    crew: Crew<'m>,
    /// What follows, in its order.
    ahead: VecDeque<Ahead<P::Piece, G::Made>>,
    /// Roughly, the bytes of the pieces among it.
    weight: usize,
    /// Whether all pieces have been read.
    has_ended: bool,
    /// For the pieces that are read until the log is widened.
    benches: Option<Benches<'m, P::Decoder>>,
    gather: G,
    /// A piece that is done with.
    spare: Option<P::Piece>,
}

/// What threads decode with.
struct Benches<'m, D> {
    /// Decoders that nobody uses at the moment; each knows what it has met.
    free: Arc<Mutex<Vec<D>>>,
    decoders: Decoders<'m, D>,
}

impl<D> Clone for Benches<'_, D> {
    fn clone(&self) -> Self {
        Benches {
            free: Arc::clone(&self.free),
            decoders: Arc::clone(&self.decoders),
        }
    }
}

impl<D> Benches<'_, D> {
    fn take(&self) -> D {
        let known = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        known.unwrap_or_else(|| (self.decoders)())
    }

    fn give_back(&self, decoder: D) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(decoder);
    }
}

/// What was read ahead.
enum Ahead<P, B> {
    /// A piece, and how many bytes it holds.
    Decoded(Awaited<Done<P, B>>, usize),
    Outcome(Outcome),
    Failure(InputError),
}

/// A piece that has been decoded.
struct Done<P, B> {
    decoded: Decoded<B>,
    piece: P,
    /// Something is wrong with the record that follows, of which more is to be read.
    unclear: Option<Origin>,
}

impl<'m, P: Pieces<'m>, G: Gather<Made: 'm> + 'm> Shared<'m, P, G> {
    pub(super) fn new(pieces: P, crew: &Crew<'m>, gather: G) -> Self {
        Shared {
            pieces,
            crew: crew.clone(),
            ahead: VecDeque::new(),
            weight: 0,
            has_ended: false,
            benches: None,
            gather,
            spare: None,
        }
    }

    /// What comes next; `None` at the end of the log.
    pub(super) fn next(&mut self) -> Result<Option<Decoded<G::Made>>, InputError> {
        self.read_ahead();
        match self.ahead.pop_front() {
            Some(Ahead::Decoded(awaited, weight)) => {
                self.weight -= weight;
                // A thread of the crew that panicked makes this one panic too, once the crew is dismissed.
                let Some(done) = self.crew.wait(&awaited) else {
                    return Ok(None);
                };
                match done.unclear.map(|origin| self.widen(origin)) {
                    None => self.spare = Some(done.piece),
                    Some(Ok(())) => {}
                    // What was read before is told first.
                    Some(Err(failure)) => self.end_with(failure),
                }
                self.read_ahead();
                Ok(Some(done.decoded))
            }
            Some(Ahead::Outcome(outcome)) => Ok(Some(Decoded::Apart(vec![outcome]))),
            Some(Ahead::Failure(failure)) => Err(failure),
            None => Ok(None),
        }
    }

    /// Bytes of text consumed so far, after decompression.
    pub(super) fn position(&self) -> u64 {
        self.pieces.position()
    }

    /// Forgets what was read ahead, and reads all that is shown of records.
    fn widen(&mut self, from: Origin) -> Result<(), InputError> {
        self.ahead.clear();
        self.weight = 0;
        self.benches = None;
        self.has_ended = false;
        self.pieces.widen(from)
    }

    /// Reads on, as far ahead as keeps all threads busy.
    fn read_ahead(&mut self) {
        /// Where pieces are large, few are read ahead.
        const MOST_BYTES: usize = 16 * 1024 * 1024;
        let most = 2 * (self.crew.size() + 1);
        while !self.has_ended && self.ahead.len() < most && self.weight < MOST_BYTES {
            let ahead = match self.pieces.next(self.spare.take()) {
                Ok(Some(Next::Piece(piece))) => {
                    let weight = P::weight(&piece);
                    self.weight += weight;
                    Ahead::Decoded(self.ask(piece), weight)
                }
                Ok(Some(Next::Outcome(outcome))) => Ahead::Outcome(outcome),
                Ok(None) => {
                    self.has_ended = true;
                    return;
                }
                Err(failure) => {
                    self.end_with(failure);
                    return;
                }
            };
            self.ahead.push_back(ahead);
        }
    }

    fn end_with(&mut self, failure: InputError) {
        self.has_ended = true;
        self.ahead.push_back(Ahead::Failure(failure));
    }

    /// Lets the crew decode a piece.
    fn ask(&mut self, mut piece: P::Piece) -> Awaited<Done<P::Piece, G::Made>> {
        let pieces = &self.pieces;
        let benches = self.benches.get_or_insert_with(|| Benches {
            free: Arc::default(),
            decoders: pieces.decoders(),
        });
        let (benches, gather, is_narrow) = (benches.clone(), self.gather.clone(), pieces.is_narrow());
        self.crew.ask(move |hand| {
            let mut decoder = benches.take();
            let (decoded, unclear) = match together(&mut decoder, &mut piece, &gather, hand) {
                Some(made) => (Decoded::Together(made), None),
                None => apart(&mut decoder, &mut piece, is_narrow),
            };
            benches.give_back(decoder);
            Done {
                decoded,
                piece,
                unclear,
            }
        })
    }
}

/// What is made of all records of a piece; `None` if they have to be had apart.
fn together<P, G: Gather>(decoder: &mut impl Decoder<P>, piece: &mut P, gather: &G, by: Hand) -> Option<G::Made> {
    let made = gather.begin(by)?;
    let mut gathering = Gathering { gather, made };
    decoder.begin(piece);
    let flow = decoder.decode(piece, &mut gathering);
    flow.is_continue().then_some(gathering.made)
}

/// What the records of a piece come to, each for itself; where the piece is narrow, up to one with which something is wrong.
fn apart<P, B>(decoder: &mut impl Decoder<P>, piece: &mut P, is_narrow: bool) -> (Decoded<B>, Option<Origin>) {
    /// About as many as a piece has.
    const RECORDS: usize = 2048;
    let mut outcomes = Vec::with_capacity(RECORDS);
    let mut unclear = None;
    decoder.begin(piece);
    let mut apart: Apart<'_> = &mut |outcome| {
        if is_narrow && let Err(problems) = &outcome {
            unclear = problems.first().map(|problem| problem.origin);
            return ControlFlow::Break(());
        }
        outcomes.push(outcome);
        ControlFlow::Continue(())
    };
    let _is_over = decoder.decode(piece, &mut apart);
    (Decoded::Apart(outcomes), unclear)
}

/// Reads a log as [`super::pieces::PieceReader`] does, with several threads.
pub(super) struct SharedReader<'m, P: Pieces<'m>> {
    pieces: Shared<'m, P, Nothing>,
    present: std::vec::IntoIter<Outcome>,
}

/// Makes nothing of records.
#[derive(Debug, Clone)]
struct Nothing;

enum Never {}

impl Gather for Nothing {
    type Made = Never;

    fn begin(&self, _by: Hand) -> Option<Never> {
        None
    }

    fn add(&self, made: &mut Never, _record: Record) -> ControlFlow<()> {
        match *made {}
    }

    fn event(&self, made: &mut Never, _event: Arc<Event>) -> ControlFlow<()> {
        match *made {}
    }

    fn span(&self, made: &Never) -> Span {
        match *made {}
    }

    fn pass(&self, made: &mut Never, _passed: &Passed) {
        match *made {}
    }
}

impl<'m, P: Pieces<'m>> SharedReader<'m, P> {
    pub(super) fn new(pieces: P, crew: &Crew<'m>) -> Self {
        SharedReader {
            pieces: Shared::new(pieces, crew, Nothing),
            present: Vec::new().into_iter(),
        }
    }
}

impl<'m, P: Pieces<'m>> Reader for SharedReader<'m, P> {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        loop {
            if let Some(outcome) = self.present.next() {
                return Ok(Some(outcome));
            }
            match self.pieces.next()? {
                Some(Decoded::Apart(outcomes)) => self.present = outcomes.into_iter(),
                Some(Decoded::Together(never)) => match never {},
                None => return Ok(None),
            }
        }
    }

    fn position(&self) -> u64 {
        self.pieces.position()
    }
}
