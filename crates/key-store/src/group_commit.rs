//! Group commit: batches that wait at the same time share one transaction and one sync.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use export_api::ports::{CommitError, StoreError};
use futures_channel::oneshot;

use crate::failure::{Failure, Reach};

/// How many batches may wait; more are refused as if the store were not available.
const WAITING: usize = 4096;

/// How many batches share a transaction at most.
const LARGEST_GROUP: usize = 512;

/// What a transaction is made with.
pub(crate) trait Engine: Send + 'static {
    /// What is written all or nothing.
    type Batch: Send + 'static;

    /// Begins a transaction, after [`disconnect`](Self::disconnect) on a new connection.
    fn begin(&mut self) -> Result<(), Failure>;

    /// Writes a batch into the transaction. If it fails and the failure reaches the batch only,
    /// the transaction is as it was before.
    fn apply(&mut self, batch: Self::Batch) -> Result<(), Failure>;

    /// Makes the transaction durable.
    fn commit(&mut self) -> Result<(), Failure>;

    /// Sees to it that nothing of a transaction turns up later whose commit failed.
    fn settle(&mut self) -> Result<(), Failure>;

    /// Ends a transaction, if there is one, without a trace.
    fn roll_back(&mut self);

    /// Closes a connection that is not to be relied on any more.
    fn disconnect(&mut self);
}

/// How much was written, and how well writers shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Batches that were acknowledged.
    pub batches: u64,
    /// Transactions they were committed in; each costs one sync of the disk.
    pub commits: u64,
    /// How long these syncs took in all.
    pub commit_time: Duration,
}

#[derive(Default)]
struct Counters {
    batches: AtomicU64,
    commits: AtomicU64,
    commit_nanoseconds: AtomicU64,
}

type Answer = Result<(), CommitError>;

struct Job<B> {
    batch: B,
    answer: oneshot::Sender<Answer>,
}

/// A thread that writes what it is sent.
///
/// While one group is being synced, the next one gathers; so the more write at once, the larger
/// the groups.
pub(crate) struct GroupCommit<B> {
    /// `None` only while it is being dropped.
    jobs: Option<SyncSender<Job<B>>>,
    thread: Option<JoinHandle<()>>,
    counters: Arc<Counters>,
}

impl<B: Send + 'static> GroupCommit<B> {
    /// Starts the thread.
    pub(crate) fn start(engine: impl Engine<Batch = B>) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(WAITING);
        let counters = Arc::new(Counters::default());
        let shared = Arc::clone(&counters);
        let thread = thread::Builder::new()
            .name("key-store writer".to_owned())
            .spawn(move || run(engine, &receiver, &shared))?;
        Ok(Self { jobs: Some(sender), thread: Some(thread), counters })
    }

    /// Writes a batch; it is durable when this returns.
    ///
    /// If the future is dropped before, the batch is written or not, but whole.
    pub(crate) async fn commit(&self, batch: B) -> Answer {
        let (answer, answered) = oneshot::channel();
        let sent = self.jobs.as_ref().map(|jobs| jobs.try_send(Job { batch, answer }));
        if !matches!(sent, Some(Ok(()))) {
            tracing::error!("too many batches wait to be written, or the writer has ended");
            return Err(StoreError::Unavailable.into());
        }
        // The writer answers every job, unless it panicked over it.
        answered.await.unwrap_or(Err(StoreError::Unavailable.into()))
    }

    pub(crate) fn statistics(&self) -> Statistics {
        Statistics {
            batches: self.counters.batches.load(Ordering::Relaxed),
            commits: self.counters.commits.load(Ordering::Relaxed),
            commit_time: Duration::from_nanos(
                self.counters.commit_nanoseconds.load(Ordering::Relaxed),
            ),
        }
    }
}

impl<B> Drop for GroupCommit<B> {
    /// Waits until what was sent is written.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer panicked");
        }
    }
}

fn run<E: Engine>(mut engine: E, jobs: &Receiver<Job<E::Batch>>, counters: &Counters) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        while group.len() < LARGEST_GROUP
            && let Ok(job) = jobs.try_recv()
        {
            group.push(job);
        }
        // Whoever waits for a group that panicked is told that it was not written; those who
        // come later find the writer at work.
        let written = catch_unwind(AssertUnwindSafe(|| write_group(&mut engine, group, counters)));
        if written.is_err() {
            tracing::error!("the writer panicked; its connection is closed");
            engine.disconnect();
        }
    }
}

/// Writes a group in one transaction and answers everybody in it.
fn write_group<E: Engine>(engine: &mut E, group: Vec<Job<E::Batch>>, counters: &Counters) {
    let mut answers = Vec::with_capacity(group.len());
    let mut group = group.into_iter();
    let mut commit_time = Duration::ZERO;
    let outcome = engine.begin().and_then(|()| {
        for Job { batch, answer } in &mut group {
            match engine.apply(batch) {
                Ok(()) => answers.push((answer, Ok(()))),
                Err(failure) if failure.reach() == Reach::Batch => {
                    answers.push((answer, Err(failure.report())));
                }
                Err(failure) => {
                    answers.push((answer, Err(StoreError::Unavailable.into())));
                    return Err(failure);
                }
            }
        }
        let start = Instant::now();
        engine.commit()?;
        commit_time = start.elapsed();
        Ok(())
    });

    match outcome {
        Ok(()) => {
            let written = answers.iter().filter(|(_, answer)| answer.is_ok()).count();
            counters.batches.fetch_add(u64::try_from(written).unwrap_or(0), Ordering::Relaxed);
            counters.commits.fetch_add(u64::from(written > 0), Ordering::Relaxed);
            let nanoseconds = u64::try_from(commit_time.as_nanos()).unwrap_or(0);
            counters.commit_nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        }
        Err(failure) => {
            engine.roll_back();
            if failure.reach() != Reach::Transaction {
                engine.disconnect();
            }
            failure.report();
            // Before anybody is told that it was refused. If the disk fails this too, it is done
            // before the next transaction.
            if let Err(failure) = engine.settle() {
                engine.roll_back();
                engine.disconnect();
                failure.report();
            }
            // Conflicts were found beside writes that are now undone, so nobody is told more than
            // that nothing was written.
            let unavailable = Err(StoreError::Unavailable.into());
            answers.extend(group.map(|job| (job.answer, unavailable)));
            answers.iter_mut().for_each(|(_, answer)| *answer = unavailable);
        }
    }
    for (answer, outcome) in answers {
        // Whoever does not wait any more does not want to know.
        let _ = answer.send(outcome);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Mutex;
    use std::task::{Context, Poll, Waker};

    use rusqlite::ffi;

    use super::*;

    /// What an engine of the test has done, seen from outside.
    #[derive(Default)]
    struct World {
        durable: Vec<u32>,
        /// What a commit wrote that then failed.
        in_log: Vec<u32>,
        /// Calls so far; the one of this number fails.
        calls: usize,
        fails_at: usize,
        disconnects: usize,
    }

    /// Keeps numbers; odd ones above 1000 are conflicts. One call of its life fails.
    struct Faulty {
        world: Arc<Mutex<World>>,
        error: i32,
        transaction: Option<Vec<u32>>,
        is_connected: bool,
    }

    impl Faulty {
        fn step(&self) -> Result<(), Failure> {
            let mut world = self.world.lock().unwrap();
            world.calls += 1;
            if world.calls == world.fails_at {
                let error = ffi::Error::new(self.error);
                return Err(Failure::Database(rusqlite::Error::SqliteFailure(error, None)));
            }
            Ok(())
        }
    }

    impl Engine for Faulty {
        type Batch = u32;

        fn begin(&mut self) -> Result<(), Failure> {
            assert!(self.transaction.is_none());
            self.is_connected = true;
            self.step()?;
            self.transaction = Some(Vec::new());
            Ok(())
        }

        fn apply(&mut self, batch: u32) -> Result<(), Failure> {
            self.step()?;
            if batch > 1000 && batch % 2 == 1 {
                return Err(Failure::Conflict);
            }
            self.transaction.as_mut().unwrap().push(batch);
            Ok(())
        }

        fn commit(&mut self) -> Result<(), Failure> {
            assert!(self.is_connected, "a commit over a connection that is not to be relied on");
            let outcome = self.step();
            let transaction = self.transaction.take().unwrap();
            let mut world = self.world.lock().unwrap();
            match outcome {
                Ok(()) => world.durable.extend(transaction),
                Err(_) => world.in_log = transaction,
            }
            outcome
        }

        fn settle(&mut self) -> Result<(), Failure> {
            self.world.lock().unwrap().in_log.clear();
            Ok(())
        }

        fn roll_back(&mut self) {
            self.transaction = None;
        }

        fn disconnect(&mut self) {
            self.is_connected = false;
            self.world.lock().unwrap().disconnects += 1;
        }
    }

    /// Writes groups of several sizes while one call fails, and answers what each was told.
    fn run_with_fault(fails_at: usize, error: i32) -> (Vec<(u32, Answer)>, Arc<Mutex<World>>) {
        let world = Arc::new(Mutex::new(World { fails_at, ..World::default() }));
        let mut engine =
            Faulty { world: Arc::clone(&world), error, transaction: None, is_connected: true };
        let counters = Counters::default();
        let mut told = Vec::new();
        let mut batch = 990;
        for size in [1, 3, 8, 2, 5] {
            let (group, answers): (Vec<_>, Vec<_>) = (0..size)
                .map(|_| {
                    let (answer, answered) = oneshot::channel();
                    batch += 1;
                    (Job { batch, answer }, (batch, answered))
                })
                .unzip();
            write_group(&mut engine, group, &counters);
            for (batch, answered) in answers {
                let mut context = Context::from_waker(Waker::noop());
                let Poll::Ready(Ok(answer)) = pin!(answered).poll(&mut context) else {
                    panic!("batch {batch} got no answer");
                };
                assert!(world.lock().unwrap().in_log.is_empty(), "told before it was settled");
                told.push((batch, answer));
            }
        }
        (told, world)
    }

    #[test]
    fn whatever_call_fails_the_acknowledged_is_durable_and_nothing_else() {
        let (_, world) = run_with_fault(0, 0);
        let calls = world.lock().unwrap().calls;
        assert_eq!(calls, 5 + 19 + 5);

        for error in
            [ffi::SQLITE_BUSY, ffi::SQLITE_FULL, ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_WRITE]
        {
            for fails_at in 1..=calls {
                let (told, world) = run_with_fault(fails_at, error);
                let world = world.lock().unwrap();
                let acknowledged = told.iter().filter(|(_, answer)| answer.is_ok());
                let acknowledged: Vec<u32> = acknowledged.map(|(batch, _)| *batch).collect();
                assert_eq!(acknowledged, world.durable, "call {fails_at}");
                assert!(told.len() - acknowledged.len() >= 5, "call {fails_at}");

                let must_reconnect = ![ffi::SQLITE_BUSY, ffi::SQLITE_FULL].contains(&error);
                assert_eq!(world.disconnects, usize::from(must_reconnect), "call {fails_at}");
                for (batch, answer) in told {
                    let is_conflict = answer == Err(CommitError::Conflict);
                    assert!(!is_conflict || (batch > 1000 && batch % 2 == 1), "batch {batch}");
                }
            }
        }
    }

    #[test]
    fn a_conflict_hurts_nobody_else() {
        let (told, world) = run_with_fault(0, 0);
        let conflicts = told.iter().filter(|(_, answer)| *answer == Err(CommitError::Conflict));
        let conflicts: Vec<u32> = conflicts.map(|(batch, _)| *batch).collect();
        assert_eq!(conflicts, [1001, 1003, 1005, 1007, 1009]);
        assert_eq!(world.lock().unwrap().durable.len(), 19 - 5);
    }
}
