//! Threads that do, beside the one that asks for it, work whose results are asked for in its order.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

type Job<'j> = Box<dyn FnOnce(Hand) + Send + 'j>;

/// One of the threads of a crew, or the one that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hand(usize);

impl Hand {
    /// The thread that asks for work.
    const ASKING: Hand = Hand(0);
}

/// Threads that wait for work.
#[derive(Clone)]
pub(crate) struct Crew<'j> {
    shared: Arc<Shared<'j>>,
}

struct Shared<'j> {
    work: Mutex<Work<'j>>,
    called: Condvar,
    size: usize,
}

struct Work<'j> {
    /// What nobody has begun, oldest first, and which thread has at hand what it is about.
    jobs: VecDeque<(Option<Hand>, Job<'j>)>,
    is_over: bool,
}

impl<'j> Work<'j> {
    /// The job that a thread does best: one that it has at hand what it is about, else one for anybody, else that of another thread.
    fn take(&mut self, hand: Hand) -> Option<Job<'j>> {
        let place = |near: Option<Hand>| self.jobs.iter().position(|(other, _)| *other == near);
        let best = place(Some(hand)).or_else(|| place(None)).unwrap_or(0);
        self.jobs.remove(best).map(|(_, job)| job)
    }
}

/// What a piece of work will come to.
pub(crate) struct Awaited<T>(Receiver<T>);

/// Tells what a piece of work has come to, to the one who awaits it. A channel without a bound would make room for many more.
fn awaited<T>() -> (SyncSender<T>, Awaited<T>) {
    let (sender, receiver) = sync_channel(1);
    (sender, Awaited(receiver))
}

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
            for hand in (1..=size).map(Hand) {
                let crew = crew.clone();
                let spawned = thread::Builder::new()
                    .name("reader".to_owned())
                    .spawn_scoped(scope, move || crew.serve(hand));
                if spawned.is_err() {
                    break;
                }
            }
            run(&crew)
        })
    }

    /// How many threads there were to be.
    pub(crate) fn size(&self) -> usize {
        self.shared.size
    }

    /// Gives the crew something to do, which is told who does it.
    pub(crate) fn ask<T: Send + 'j>(&self, work: impl FnOnce(Hand) -> T + Send + 'j) -> Awaited<T> {
        let (sender, awaited) = awaited();
        let job = Box::new(move |hand| {
            // Nobody may be waiting any more.
            let _ = sender.send(work(hand));
        });
        self.call(None, job);
        awaited
    }

    fn call(&self, near: Option<Hand>, job: Job<'j>) {
        let mut work = self.work();
        if !work.is_over {
            work.jobs.push_back((near, job));
            drop(work);
            // To call where nobody can hear it would ask the system all the same.
            if self.shared.size > 0 {
                self.shared.called.notify_one();
            }
        }
    }

    /// What a piece of work comes to. The thread that asks lends a hand while it waits. `None` if the work has been lost with the thread that did it.
    pub(crate) fn wait<T>(&self, awaited: &Awaited<T>) -> Option<T> {
        loop {
            match awaited.0.try_recv() {
                Ok(done) => return Some(done),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            let job = self.work().take(Hand::ASKING);
            match job {
                Some(job) => job(Hand::ASKING),
                None => return awaited.0.recv().ok(),
            }
        }
    }

    fn serve(&self, hand: Hand) {
        loop {
            let mut work = self.work();
            let job = loop {
                if work.is_over {
                    return;
                }
                match work.take(hand) {
                    Some(job) => break job,
                    None => work = self.shared.called.wait(work).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(work);
            job(hand);
        }
    }

    fn work(&self) -> MutexGuard<'_, Work<'j>> {
        locked(&self.shared.work)
    }
}

/// Something that pieces of work change one after the other, in the order in which they are asked for, whichever threads do them.
pub(crate) struct Lane<'j, S> {
    crew: Crew<'j>,
    queue: Arc<Mutex<Queue<'j, S>>>,
}

struct Queue<'j, S> {
    subject: Subject<S>,
    /// With the thread that has at hand what it is about.
    turns: VecDeque<(Option<Hand>, Turn<'j, S>)>,
}

/// What is changed.
enum Subject<S> {
    Free(S),
    /// A thread has it.
    InHand,
    /// It was used up, or lost with a thread that panicked.
    Gone,
}

/// Gives back what it has changed, if it has not used it up.
type Turn<'j, S> = Box<dyn FnOnce(S) -> Option<S> + Send + 'j>;

impl<'j, S: Send + 'j> Lane<'j, S> {
    pub(crate) fn new(crew: &Crew<'j>, subject: S) -> Self {
        let queue = Queue {
            subject: Subject::Free(subject),
            turns: VecDeque::new(),
        };
        Lane {
            crew: crew.clone(),
            queue: Arc::new(Mutex::new(queue)),
        }
    }

    /// Gives the crew something to do, once all is done that was asked for before: best the thread that has at hand what it is about.
    pub(crate) fn ask<T: Send + 'j>(
        &self,
        near: Option<Hand>,
        work: impl FnOnce(&mut S) -> T + Send + 'j,
    ) -> Awaited<T> {
        self.ask_for(near, move |mut subject| (work(&mut subject), Some(subject)))
    }

    /// As [`Lane::ask`], for something that is the last to be done.
    pub(crate) fn end<T: Send + 'j>(self, work: impl FnOnce(S) -> T + Send + 'j) -> Awaited<T> {
        self.ask_for(None, move |subject| (work(subject), None))
    }

    fn ask_for<T: Send + 'j>(
        &self,
        near: Option<Hand>,
        work: impl FnOnce(S) -> (T, Option<S>) + Send + 'j,
    ) -> Awaited<T> {
        let (sender, awaited) = awaited();
        let turn = move |subject: S| {
            let (done, subject) = work(subject);
            // Nobody may be waiting any more.
            let _ = sender.send(done);
            subject
        };
        let mut queue = locked(&self.queue);
        // Where the subject is gone, the turn is dropped, and whoever waits for it knows that it is lost.
        if !matches!(queue.subject, Subject::Gone) {
            queue.turns.push_back((near, Box::new(turn)));
            if let Subject::Free(subject) = std::mem::replace(&mut queue.subject, Subject::InHand) {
                drop(queue);
                proceed(&self.crew, near, &self.queue, subject);
            }
        }
        awaited
    }
}

/// Lets the crew do what was asked for first. One piece of work is one job, so that no thread is bound to one lane while others wait.
fn proceed<'j, S: Send + 'j>(crew: &Crew<'j>, near: Option<Hand>, queue: &Arc<Mutex<Queue<'j, S>>>, subject: S) {
    let (again, queue) = (crew.clone(), Arc::clone(queue));
    let job = Box::new(move |_| {
        let loss = Loss(&queue);
        let next = locked(&queue).turns.pop_front();
        let subject = match next {
            Some((_, next)) => next(subject),
            None => Some(subject),
        };
        let Some(subject) = subject else { return };
        std::mem::forget(loss);
        let mut lane = locked(&queue);
        match lane.turns.front() {
            None => lane.subject = Subject::Free(subject),
            Some(&(near, _)) => {
                drop(lane);
                proceed(&again, near, &queue, subject);
            }
        }
    });
    crew.call(near, job);
}

/// Says that what a thread has in hand is gone, and with it all that was asked for.
struct Loss<'q, 'j, S>(&'q Mutex<Queue<'j, S>>);

impl<S> Drop for Loss<'_, '_, S> {
    fn drop(&mut self) {
        let mut queue = locked(self.0);
        queue.subject = Subject::Gone;
        queue.turns.clear();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_and_found_in_its_order_by_however_many() {
        for size in 0..4 {
            let squares = Crew::with(size, |crew| {
                let awaited: Vec<Awaited<u64>> = (0..100).map(|number| crew.ask(move |_| number * number)).collect();
                awaited
                    .iter()
                    .map(|awaited| crew.wait(awaited).unwrap())
                    .collect::<Vec<u64>>()
            });
            assert_eq!(squares, (0..100).map(|number| number * number).collect::<Vec<u64>>());
        }
    }

    #[test]
    fn what_is_asked_of_a_lane_is_done_in_its_order_by_however_many() {
        for size in 0..4 {
            let found = Crew::with(size, |crew| {
                let lanes: Vec<Lane<Vec<u64>>> = (0..3).map(|_| Lane::new(crew, Vec::new())).collect();
                let ask = |number: u64| {
                    let lane = &lanes[usize::try_from(number % 3).unwrap()];
                    lane.ask(Some(Hand(size.min(1))), move |numbers: &mut Vec<u64>| {
                        numbers.push(number);
                        numbers.clone()
                    })
                };
                let awaited: Vec<Awaited<Vec<u64>>> = (0..300).map(ask).collect();
                let found = awaited.iter().map(|awaited| crew.wait(awaited).unwrap());
                found.collect::<Vec<Vec<u64>>>()
            });
            for (number, numbers) in (0_u64..).zip(found) {
                let expected: Vec<u64> = (0..=number).filter(|before| before % 3 == number % 3).collect();
                assert_eq!(numbers, expected);
            }
        }
    }

    #[test]
    fn what_a_lane_had_to_do_is_lost_with_a_thread_that_panics() {
        let done = std::panic::catch_unwind(|| {
            Crew::with(1, |crew| {
                let lane = Lane::new(crew, 0);
                let (begin, begun) = sync_channel::<()>(1);
                let broken = lane.ask(None, move |_: &mut i32| {
                    begun.recv().unwrap();
                    panic!("a thread is lost");
                });
                let after = lane.ask(None, |count: &mut i32| *count);
                begin.send(()).unwrap();
                assert_eq!(broken.0.recv().ok(), None::<()>);
                assert_eq!(crew.wait(&after), None);
                assert_eq!(crew.wait(&lane.ask(None, |count: &mut i32| *count)), None);
            });
        });
        // The panic is that of the crew.
        let told = done.unwrap_err();
        let told = told.downcast_ref::<&str>().copied();
        assert_eq!(told, Some("a scoped thread panicked"));
    }

    #[test]
    fn a_crew_goes_home_with_work_left() {
        Crew::with(2, |crew| {
            for _ in 0..1000 {
                drop(crew.ask(|_| std::hint::black_box(vec![0; 1000])));
            }
        });
    }
}
