//! Logs in pieces: each is some whole records, which can be decoded apart from the others.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::amend::Record;
use super::passing::{Passed, Span};
use super::reader::{Outcome, Reader};
use super::{Event, InputError, Origin};

/// A log, cut into pieces.
pub(super) trait Pieces<'m> {
    /// What is decoded by one thread, with what has been decoded of it so far.
    type Piece: Send + 'm;
    /// What it is decoded with, and what this has learnt of the log.
    type Decoder: Decoder<Self::Piece> + Send + 'm;

    /// What comes next, perhaps in the memory of a piece that is done with; `None` at the end of the log.
    fn next(&mut self, done: Option<Self::Piece>) -> Result<Option<Next<Self::Piece>>, InputError>;

    /// Makes decoders of the pieces that were given out since the log was opened or widened.
    fn decoders(&self) -> Decoders<'m, Self::Decoder>;

    /// Roughly, the bytes that a piece holds.
    fn weight(piece: &Self::Piece) -> usize;

    /// Whether less is read of records than is shown where something is wrong with one.
    fn is_narrow(&self) -> bool {
        false
    }

    /// Goes back to a record, and reads from there on all that is shown of one. Called only where the log is narrow.
    fn widen(&mut self, _from: Origin) -> Result<(), InputError> {
        Ok(())
    }

    /// Bytes of text consumed so far, after decompression.
    fn position(&self) -> u64;
}

/// What comes next in a log.
pub(super) enum Next<P> {
    Piece(P),
    /// What needs no decoding.
    Outcome(Outcome),
}

/// Makes decoders.
pub(super) type Decoders<'m, D> = Arc<dyn Fn() -> D + Send + Sync + 'm>;

/// Makes records of pieces.
pub(super) trait Decoder<P> {
    /// Goes to the first record of a piece, whatever has been decoded of it.
    fn begin(&mut self, piece: &mut P);

    /// Hands over what the next records of a piece come to. Breaks if no more are wanted before it has no more.
    fn decode(&mut self, piece: &mut P, taker: &mut impl Taker) -> ControlFlow<()>;
}

/// Takes what records come to, in their order.
pub(super) trait Taker {
    /// Takes what the next record comes to. Breaks if no more are wanted.
    fn take(&mut self, outcome: Outcome) -> ControlFlow<()>;

    /// Takes an event, which the next record is.
    #[inline]
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
        self.take(Ok(Record::Event(event)))
    }

    /// Within what span records that nobody asks for may be taken together.
    #[inline]
    fn span(&self) -> Option<Span> {
        None
    }

    /// Takes records of its span that nobody asks for, which were passed over.
    #[inline]
    fn pass(&mut self, _passed: &Passed) {}
}

/// Takes each outcome for itself.
pub(super) type Apart<'t> = &'t mut dyn FnMut(Outcome) -> ControlFlow<()>;

impl Taker for Apart<'_> {
    fn take(&mut self, outcome: Outcome) -> ControlFlow<()> {
        self(outcome)
    }
}

/// Reads a log piece by piece, and decodes no record before it is asked for.
pub(super) struct PieceReader<'m, P: Pieces<'m>> {
    pieces: P,
    piece: Option<P::Piece>,
    decoder: Option<P::Decoder>,
}

impl<'m, P: Pieces<'m>> PieceReader<'m, P> {
    pub(super) fn new(pieces: P) -> Self {
        PieceReader {
            pieces,
            piece: None,
            decoder: None,
        }
    }
}

impl<'m, P: Pieces<'m>> Reader for PieceReader<'m, P> {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        loop {
            let mut next = None;
            if let (Some(piece), Some(decoder)) = (&mut self.piece, &mut self.decoder) {
                let mut apart: Apart<'_> = &mut |outcome| {
                    next = Some(outcome);
                    ControlFlow::Break(())
                };
                let _is_over = decoder.decode(piece, &mut apart);
            }
            if let Some(outcome) = next {
                if self.pieces.is_narrow()
                    && let Some(problem) = outcome.as_ref().err().and_then(|problems| problems.first())
                {
                    self.pieces.widen(problem.origin)?;
                    (self.piece, self.decoder) = (None, None);
                    continue;
                }
                return Ok(Some(outcome));
            }
            match self.pieces.next(self.piece.take())? {
                Some(Next::Piece(mut piece)) => {
                    let decoder = self.decoder.get_or_insert_with(|| self.pieces.decoders()());
                    decoder.begin(&mut piece);
                    self.piece = Some(piece);
                }
                Some(Next::Outcome(outcome)) => return Ok(Some(outcome)),
                None => return Ok(None),
            }
        }
    }

    fn position(&self) -> u64 {
        self.pieces.position()
    }
}
