//! From what a watch begins: a checkpoint and a source that fits it.

use std::path::PathBuf;

use super::identity::Identity;
#[cfg(feature = "nats")]
use super::nats::NatsSource;
use super::pipe::{Journal, Pipe};
use super::source::{Source, SourceError};
use super::store::{Checkpoint, Held, Store, StoreError};
use super::tail::Tail;
use super::{Note, WatchClock, WatchError, WatchObserver, WatchOptions, WatchSource};
use crate::report::{Difference, Findings};

/// Everything from which a watch begins.
pub(super) struct Start {
    pub(super) identity: Identity,
    pub(super) store: Option<Store>,
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) source: Box<dyn Source>,
    /// How the rules differ from those that were watched before.
    pub(super) migration: Option<Difference>,
    pub(super) gap: Option<String>,
}

impl Start {
    pub(super) fn find(
        source: WatchSource<'_>,
        findings: &Findings<'_>,
        options: &WatchOptions,
        observer: &mut dyn WatchObserver,
    ) -> Result<Self, WatchError> {
        let log = match &source {
            WatchSource::File(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
            WatchSource::Pipe(_) => PathBuf::from("standard input"),
            #[cfg(feature = "nats")]
            WatchSource::Nats(log) => PathBuf::from(log.identity()),
        };
        let clock = match options.clock {
            WatchClock::Event => "event",
            WatchClock::Wall => "wall",
        };
        let identity = Identity::of(findings.model, &options.monitor, clock, &log.to_string_lossy());
        let (store, mut checkpoint) = open_store(options, observer)?;
        let mut migration = None;
        if let Some(found) = &checkpoint {
            let before = &found.head.identity;
            if !identity.has_rules_of(before) {
                let difference = identity.difference(before);
                if !options.migrate {
                    return Err(WatchError::OtherRules(Box::new(difference)));
                }
                migration = Some(difference);
            } else if (identity.options(), identity.log()) != (before.options(), before.log()) {
                return Err(WatchError::Other {
                    before: format!("{} with {}", before.log(), before.options()),
                    now: format!("{} with {}", identity.log(), identity.options()),
                });
            }
        }
        if migration.is_some() {
            checkpoint = None;
        }
        let mut gap = None;
        let head = checkpoint.as_ref().map(|checkpoint| &checkpoint.head);
        let source: Box<dyn Source> = match (source, &options.state) {
            (WatchSource::Pipe(_), Some(folder)) if head.is_none() && Journal::has_lost(folder) => {
                return Err(WatchError::PipeIsGone);
            }
            (WatchSource::Pipe(from), Some(folder)) => {
                let from_segment = head.map_or(0, |head| head.position.generation);
                let offset = head.map_or(0, |head| head.position.offset);
                Box::new(Journal::new(folder, from, from_segment, offset)?)
            }
            (WatchSource::Pipe(from), None) => Box::new(Pipe::new(from)),
            #[cfg(feature = "nats")]
            (WatchSource::Nats(log), _) => {
                let from = head.and_then(|head| head.stream);
                Box::new(NatsSource::open(log, from, options)?)
            }
            (WatchSource::File(path), _) => {
                let place = head.and_then(|head| head.file.map(|file| (file, head.position)));
                Box::new(match place {
                    None => Tail::new(path, options.follow),
                    Some((file, position)) => match Tail::resume(path, options.follow, file, position) {
                        Err(error @ SourceError::Gone { .. }) if options.accept_gap => {
                            gap = Some(error.to_string());
                            Tail::new(path, options.follow)
                        }
                        tail => tail?,
                    },
                })
            }
        };
        Ok(Start {
            identity,
            store,
            checkpoint,
            source,
            migration,
            gap,
        })
    }
}

/// The store, and what it holds. A damaged one is put aside.
fn open_store(
    options: &WatchOptions,
    observer: &mut dyn WatchObserver,
) -> Result<(Option<Store>, Option<Checkpoint>), WatchError> {
    let Some(folder) = &options.state else {
        return Ok((None, None));
    };
    match Store::open(folder) {
        Ok((store, Held::Nothing)) => Ok((Some(store), None)),
        Ok((store, Held::Checkpoint(checkpoint))) => Ok((Some(store), Some(*checkpoint))),
        Err(error @ StoreError::Damaged { .. }) => {
            let (store, aside) = Store::put_aside(folder)?;
            observer.note(&Note::Rebuilt {
                error: &error,
                aside: &aside,
            });
            Ok((Some(store), None))
        }
        Err(error) => Err(error.into()),
    }
}
