//! Threads for private operations: a few that stay, so that under load none has to be woken.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{fmt, thread};

use key_types::wiping_stack;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// At most so many threads, started when there is work for them, and a queue in front of them.
pub(super) struct Workers {
    most: usize,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Tells one that waits that there is work, or all that there will be none.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    waiting: usize,
    has_ended: bool,
}

impl Workers {
    pub(super) fn new(most: usize) -> Self {
        Self { most, shared: Arc::default() }
    }

    /// Does work on one of the threads. There is no answer if no thread could be started, or if the
    /// work panicked; work that nobody waits for any more is not begun.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.submit(Box::new(move || {
            if !answer.is_closed() {
                // Whoever asked may have gone meanwhile.
                let _ = answer.send(work());
            }
        }))?;
        answered.await.ok()
    }

    fn submit(&self, job: Job) -> Option<()> {
        let mut state = self.shared.state();
        if state.waiting <= state.jobs.len() && state.threads < self.most {
            let shared = Arc::clone(&self.shared);
            let started =
                thread::Builder::new().name("rsa".to_owned()).spawn(move || shared.work());
            match started {
                Ok(_) => state.threads = state.threads.saturating_add(1),
                Err(_) if state.threads == 0 => return None,
                // Those that are there do it, only later.
                Err(_) => (),
            }
        }
        state.jobs.push_back(job);
        let is_waited_for = state.waiting > 0;
        drop(state);
        if is_waited_for {
            self.shared.changed.notify_one();
        }
        Some(())
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.state().has_ended = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    /// Does one job after the other until there will be no more.
    fn work(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                // Who asked for it sees that no answer comes.
                let _ = catch_unwind(AssertUnwindSafe(|| wiping_stack(job)));
                state = self.state();
            } else if state.has_ended {
                return;
            } else {
                state.waiting = state.waiting.saturating_add(1);
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.waiting = state.waiting.saturating_sub(1);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No job runs while this is locked, and each change of it is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Workers").field("most", &self.most).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Barrier;
    use std::sync::mpsc;

    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test]
    async fn as_many_work_at_once_as_may_and_none_is_whoever_asked() {
        let workers = Arc::new(Workers::new(3));
        let all_at_work = Arc::new(Barrier::new(3));
        let mut asked = JoinSet::new();
        for _ in 0..30 {
            let (workers, all_at_work) = (Arc::clone(&workers), Arc::clone(&all_at_work));
            asked.spawn(async move {
                // Passed by three at a time only, so that fewer threads would never end.
                let work = move || {
                    all_at_work.wait();
                    thread::current().id()
                };
                workers.run(work).await
            });
        }
        let threads: Option<HashSet<_>> = asked.join_all().await.into_iter().collect();
        let threads = threads.unwrap();
        assert_eq!(threads.len(), 3);
        assert!(!threads.contains(&thread::current().id()));
    }

    #[tokio::test]
    async fn a_panic_takes_nothing_with_it_but_its_own_answer() {
        let workers = Workers::new(1);
        let here = workers.run(|| thread::current().id()).await.unwrap();
        assert_eq!(workers.run(|| assert_eq!(1, 2, "on purpose")).await, None);
        assert_eq!(workers.run(|| thread::current().id()).await, Some(here));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_begun_and_threads_end_with_their_owner() {
        let workers = Workers::new(1);
        let (open, gate) = mpsc::channel::<()>();
        let (note, noted) = mpsc::channel::<&str>();
        let shared = Arc::downgrade(&workers.shared);
        workers.submit(Box::new(move || gate.recv().unwrap()));
        let late = note.clone();
        // Asked for once, so that it is in the queue, and dropped.
        let given_up = workers.run(move || late.send("given up").unwrap());
        let polled = tokio::time::timeout(std::time::Duration::ZERO, given_up).await;
        assert!(polled.is_err());
        workers.submit(Box::new(move || note.send("wanted").unwrap()));
        open.send(()).unwrap();
        assert_eq!(noted.recv(), Ok("wanted"));
        assert!(noted.recv().is_err(), "nobody else holds the other end");
        drop(workers);
        while shared.upgrade().is_some() {
            thread::yield_now();
        }
    }
}
