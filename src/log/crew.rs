//! Threads that do, beside the one that asks for it, work whose results are asked for in its order.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

type Job<'j> = Box<dyn FnOnce() + Send + 'j>;

/// Threads that wait for work.
#[derive(Clone)]
pub(super) struct Crew<'j> {
    shared: Arc<Shared<'j>>,
}

struct Shared<'j> {
    work: Mutex<Work<'j>>,
    called: Condvar,
    size: usize,
}

struct Work<'j> {
    /// What nobody has begun, oldest first.
    jobs: VecDeque<Job<'j>>,
    is_over: bool,
}

/// What a piece of work will come to.
pub(super) struct Awaited<T>(Receiver<T>);

/// Sends the crew home, however the work ends.
struct Dismissal<'c, 'j>(&'c Crew<'j>);

impl Drop for Dismissal<'_, '_> {
    fn drop(&mut self) {
        let mut work = self.0.work();
        work.is_over = true;
        work.jobs.clear();
        self.0.shared.called.notify_all();
    }
}

impl<'j> Crew<'j> {
    /// Runs something with a crew of so many threads, or of fewer if the system does not give as many.
    pub(super) fn with<T>(size: usize, run: impl FnOnce(&Crew<'j>) -> T) -> T {
        let crew = Crew {
            shared: Arc::new(Shared {
                work: Mutex::new(Work {
                    jobs: VecDeque::new(),
                    is_over: false,
                }),
                called: Condvar::new(),
                size,
            }),
        };
        thread::scope(|scope| {
            let _dismissal = Dismissal(&crew);
            for _ in 0..size {
                let hand = crew.clone();
                let spawned = thread::Builder::new()
                    .name("reader".to_owned())
                    .spawn_scoped(scope, move || hand.serve());
                if spawned.is_err() {
                    break;
                }
            }
            run(&crew)
        })
    }

    /// How many threads there were to be.
    pub(super) fn size(&self) -> usize {
        self.shared.size
    }

    /// Gives the crew something to do.
    pub(super) fn ask<T: Send + 'j>(&self, work: impl FnOnce() -> T + Send + 'j) -> Awaited<T> {
        let (sender, receiver) = channel();
        let job = move || {
            // Nobody may be waiting any more.
            let _ = sender.send(work());
        };
        self.work().jobs.push_back(Box::new(job));
        self.shared.called.notify_one();
        Awaited(receiver)
    }

    /// What a piece of work comes to. The thread that asks lends a hand while it waits. `None` if the work has been lost with the thread that did it.
    pub(super) fn wait<T>(&self, awaited: &Awaited<T>) -> Option<T> {
        loop {
            match awaited.0.try_recv() {
                Ok(done) => return Some(done),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            let job = self.work().jobs.pop_front();
            match job {
                Some(job) => job(),
                None => return awaited.0.recv().ok(),
            }
        }
    }

    fn serve(&self) {
        loop {
            let mut work = self.work();
            let job = loop {
                if work.is_over {
                    return;
                }
                match work.jobs.pop_front() {
                    Some(job) => break job,
                    None => work = self.shared.called.wait(work).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(work);
            job();
        }
    }

    fn work(&self) -> MutexGuard<'_, Work<'j>> {
        self.shared.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_and_found_in_its_order_by_however_many() {
        for size in 0..4 {
            let squares = Crew::with(size, |crew| {
                let awaited: Vec<Awaited<u64>> = (0..100).map(|number| crew.ask(move || number * number)).collect();
                awaited
                    .iter()
                    .map(|awaited| crew.wait(awaited).unwrap())
                    .collect::<Vec<u64>>()
            });
            assert_eq!(squares, (0..100).map(|number| number * number).collect::<Vec<u64>>());
        }
    }

    #[test]
    fn a_crew_goes_home_with_work_left() {
        Crew::with(2, |crew| {
            for _ in 0..1000 {
                drop(crew.ask(|| std::hint::black_box(vec![0; 1000])));
            }
        });
    }
}
