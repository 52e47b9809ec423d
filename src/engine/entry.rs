//! What the table holds of one instance.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::duties::Duties;
use super::duty::Stage;
use super::entries::Look;
use super::instance::{Instance, Step, Subject};
use super::state::saved;
use crate::model::ClauseId;

/// An instance that is not finished, or that nobody has taken yet.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) instance: Instance,
    pub(super) holders: u32,
    /// Whether the last duty of the chain is owed just after the instant from which it is.
    pub(super) just_after: bool,
    /// Whether it is no instance until somebody vouches for it.
    pub(super) withheld: bool,
    /// What has been told of it.
    pub(super) told: Told,
    /// The duties of the chain that count events, as long as events can change something about them: at most one for each position.
    pub(super) duties: Duties,
}

/// What has been told of an instance before it is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Told {
    /// Nothing.
    #[default]
    Nothing,
    /// That a duty was broken, of which more may come.
    Breach,
    /// Its verdict, which cannot change any more.
    Verdict,
}

saved!(struct Entry { instance, holders, just_after, withheld, told, duties });

saved!(enum Told { 0 = Nothing, 1 = Breach, 2 = Verdict });

impl Entry {
    /// Whether nothing holds it but duties that were missed and can be done late.
    pub(super) fn waits(&self) -> bool {
        let overdue = self.duties.iter().filter(|duty| duty.stage == Stage::Overdue);
        !self.withheld && usize::try_from(self.holders) == Ok(overdue.count())
    }
}

impl<'a> Look<'a, Entry> {
    pub(super) fn instance(self) -> Cow<'a, Instance> {
        match self {
            Look::Whole(entry) => Cow::Borrowed(&entry.instance),
            Look::Unpacked(entry) => Cow::Owned(entry.instance),
        }
    }
}

/// Places of entries that are gone, for new ones: most duties are kept soon, and a new one is written where the caches still have the old one.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "the places are what is kept")]
pub(super) struct Spare(Vec<Box<Entry>>);

impl Spare {
    /// So many as time points hardly ever finish.
    const MOST: usize = 64;

    /// An entry held once, of an instance with its first step.
    #[inline]
    pub(super) fn make(&mut self, clause: ClauseId, subject: Subject, step: Step) -> Box<Entry> {
        let Some(mut entry) = self.0.pop() else {
            return Spare::none(clause, subject, step);
        };
        let Entry {
            instance,
            holders,
            just_after,
            withheld,
            told,
            duties: _,
        } = &mut *entry;
        instance.clause = clause;
        instance.subject = subject;
        instance.steps.push(step);
        *holders = 1;
        (*just_after, *withheld) = (false, false);
        *told = Told::Nothing;
        entry
    }

    #[cold]
    fn none(clause: ClauseId, subject: Subject, step: Step) -> Box<Entry> {
        Box::new(Entry {
            instance: Instance {
                clause,
                subject,
                steps: SmallVec::from_buf([step]),
            },
            holders: 1,
            just_after: false,
            withheld: false,
            told: Told::Nothing,
            duties: Duties::default(),
        })
    }

    /// Takes the place of an entry that nobody needs, and drops what it holds.
    pub(super) fn put(&mut self, mut entry: Box<Entry>) {
        if self.0.len() < Self::MOST {
            entry.instance.steps.clear();
            entry.instance.subject = Subject::Term;
            entry.duties = Duties::default();
            self.0.push(entry);
        }
    }
}
