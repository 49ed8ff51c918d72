//! The thread that writes lines; whoever waits at the same time shares one sync of the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use export_api::ports::AuditUnavailable;
use tokio::sync::{mpsc, oneshot, watch};

use super::chain::Head;
use super::file::Storage;
use super::record::withheld;

/// How many lines are synced together at most.
const BATCH: usize = 1024;

/// What the thread is asked to do, and whom to tell.
pub(super) enum Message {
    /// Write a record.
    Append(Entry),
    /// After a failure: try again what could not be written.
    Retry(oneshot::Sender<Result<(), AuditUnavailable>>),
    /// Write what is queued, then stop.
    Close(oneshot::Sender<Result<(), AuditUnavailable>>),
}

/// A record to write.
pub(super) struct Entry {
    /// The record, a JSON object.
    pub(super) record: String,
    /// The last commit of the store that was durable then, over a store that counts them.
    pub(super) store_commit: Option<u64>,
    /// Who answers only after the record is durable, if anybody waits for that.
    pub(super) done: Option<oneshot::Sender<Result<(), AuditUnavailable>>>,
}

/// How much was made durable, and how long the disk took.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) lines: AtomicU64,
    pub(super) syncs: AtomicU64,
    pub(super) nanoseconds: AtomicU64,
}

/// The thread's state.
pub(super) struct Writer<F> {
    pub(super) file: F,
    /// The last durable line, and the length of the file with it.
    pub(super) head: watch::Sender<Head>,
    pub(super) length: u64,
    /// Records of operations that were carried out, which could not be written yet.
    pub(super) owed: Vec<String>,
    /// The greatest number of a commit that an entry named; lines may overtake each other.
    pub(super) store_commit: Option<u64>,
    /// Whether the last attempt failed.
    pub(super) failed: Arc<AtomicBool>,
    /// How much was made durable.
    pub(super) counters: Arc<Counters>,
    /// How long to gather records between two syncs.
    pub(super) pause: Duration,
}

impl<F: Storage> Writer<F> {
    /// Serves messages until it is told to stop or nobody is left to send any.
    pub(super) fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        while let Some(first) = messages.blocking_recv() {
            let mut batch = Vec::new();
            let mut asked = Vec::new();
            let mut closing = false;
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Append(entry) => batch.push(entry),
                    Message::Retry(done) => asked.push(done),
                    Message::Close(done) => {
                        asked.push(done);
                        closing = true;
                    }
                }
                next = if batch.len() < BATCH { messages.try_recv().ok() } else { None };
            }
            let more_may_wait = batch.len() == BATCH;
            let outcome = self.write(batch);
            for done in asked {
                // Who no longer waits need not be told.
                let _ = done.send(outcome);
            }
            if closing {
                return;
            }
            if !self.pause.is_zero() && !more_may_wait {
                thread::sleep(self.pause);
            }
        }
        // Nobody waits any longer, but what is owed is tried once more.
        let _ = self.write(Vec::new());
    }

    /// Writes what is owed and the batch, makes it durable, and tells who waits.
    fn write(&mut self, batch: Vec<Entry>) -> Result<(), AuditUnavailable> {
        let records = self.owed.iter().chain(batch.iter().map(|entry| &entry.record));
        let mut head = *self.head.borrow();
        let named = batch.iter().filter_map(|entry| entry.store_commit).max();
        self.store_commit = self.store_commit.max(named);
        let mut lines = String::new();
        for record in records {
            head.append(&mut lines, record, self.store_commit);
        }
        let outcome = self.append(lines.as_bytes()).or_else(|error| {
            // A disk that fails once is no reason to withhold an answer: whatever of the lines
            // reached the file is cut off, and all of them are written and synced anew.
            tracing::warn!(%error, "the audit trail is written once more");
            self.failed.store(true, Ordering::Release);
            self.append(lines.as_bytes())
        });
        match outcome {
            Ok(()) => {
                self.owed.clear();
                let lines = head.sequence_number.saturating_sub(self.head.borrow().sequence_number);
                self.counters.lines.fetch_add(lines, Ordering::Relaxed);
                self.head.send_replace(head);
                self.failed.store(false, Ordering::Release);
                for done in batch.into_iter().filter_map(|entry| entry.done) {
                    let _ = done.send(Ok(()));
                }
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the audit trail cannot be written; operations are refused");
                self.failed.store(true, Ordering::Release);
                for Entry { record, done, .. } in batch {
                    match done {
                        None => self.owed.push(record),
                        Some(done) => {
                            self.owed.push(withheld(&record));
                            let _ = done.send(Err(AuditUnavailable));
                        }
                    }
                }
                Err(AuditUnavailable)
            }
        }
    }

    fn append(&mut self, lines: &[u8]) -> std::io::Result<()> {
        // After a failed sync it is unknown what reached the disk, so the file is opened anew
        // and cut to what is known to be there.
        if self.failed.load(Ordering::Acquire) {
            self.file.reopen(self.length)?;
        }
        if !lines.is_empty() {
            let start = Instant::now();
            self.file.append(lines)?;
            let time = u64::try_from(start.elapsed().as_nanos()).unwrap_or(0);
            self.counters.nanoseconds.fetch_add(time, Ordering::Relaxed);
            self.counters.syncs.fetch_add(1, Ordering::Relaxed);
        }
        let added = u64::try_from(lines.len()).map_err(std::io::Error::other)?;
        self.length = self.length.saturating_add(added);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::super::verify::verify;
    use super::*;

    /// A disk that can be full, and that may keep part of what it refused.
    #[derive(Clone, Default)]
    struct Disk {
        bytes: Arc<Mutex<Vec<u8>>>,
        full: Arc<AtomicBool>,
        /// Fails once, and keeps all that it refused.
        stumbles: Arc<AtomicBool>,
        syncs: Arc<Mutex<usize>>,
    }

    impl Storage for Disk {
        fn append(&mut self, lines: &[u8]) -> io::Result<()> {
            let full = self.full.load(Ordering::SeqCst);
            let kept = if full { &lines[..lines.len() / 2] } else { lines };
            self.bytes.lock().unwrap().extend_from_slice(kept);
            *self.syncs.lock().unwrap() += 1;
            if self.stumbles.swap(false, Ordering::SeqCst) {
                return Err(io::ErrorKind::Other.into());
            }
            if full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }

        fn reopen(&mut self, length: u64) -> io::Result<()> {
            self.bytes.lock().unwrap().truncate(length.try_into().unwrap());
            Ok(())
        }
    }

    impl Disk {
        fn lines(&self) -> Vec<String> {
            let text = String::from_utf8(self.bytes.lock().unwrap().clone()).unwrap();
            verify(text.as_bytes(), None).expect("the chain holds");
            text.lines().map(str::to_owned).collect()
        }
    }

    fn writer(disk: &Disk) -> Writer<Disk> {
        Writer {
            file: disk.clone(),
            head: watch::Sender::new(Head::EMPTY),
            length: 0,
            owed: Vec::new(),
            store_commit: None,
            failed: Arc::default(),
            counters: Arc::default(),
            pause: Duration::ZERO,
        }
    }

    type Answer = oneshot::Receiver<Result<(), AuditUnavailable>>;

    fn waiting_entry(name: &str) -> (Entry, Answer) {
        let (done, answer) = oneshot::channel();
        (
            Entry {
                record: format!(r#"{{"name":"{name}"}}"#),
                store_commit: Some(4),
                done: Some(done),
            },
            answer,
        )
    }

    #[test]
    fn who_waits_is_told_after_the_sync() {
        let disk = Disk::default();
        let mut writer = writer(&disk);
        let (first, mut first_answer) = waiting_entry("first");
        let (second, mut second_answer) = waiting_entry("second");
        assert_eq!(writer.write(vec![first, second]), Ok(()));
        assert_eq!(first_answer.try_recv(), Ok(Ok(())));
        assert_eq!(second_answer.try_recv(), Ok(Ok(())));
        assert_eq!(*disk.syncs.lock().unwrap(), 1, "both share one sync");
        assert_eq!(disk.lines().len(), 2);
        assert_eq!(writer.head.borrow().sequence_number, 2);
    }

    #[test]
    fn a_full_disk_refuses_and_is_made_up_for() {
        let disk = Disk::default();
        let mut writer = writer(&disk);
        let (before, _) = waiting_entry("before");
        assert_eq!(writer.write(vec![before]), Ok(()));

        disk.full.store(true, Ordering::SeqCst);
        let (refused, mut answer) = waiting_entry("refused");
        let queued =
            Entry { record: r#"{"name":"queued"}"#.into(), store_commit: None, done: None };
        assert_eq!(writer.write(vec![refused, queued]), Err(AuditUnavailable));
        assert_eq!(answer.try_recv(), Ok(Err(AuditUnavailable)));
        assert!(writer.failed.load(Ordering::SeqCst));
        // Still full: asking again changes nothing.
        assert_eq!(writer.write(Vec::new()), Err(AuditUnavailable));

        disk.full.store(false, Ordering::SeqCst);
        assert_eq!(writer.write(Vec::new()), Ok(()));
        assert!(!writer.failed.load(Ordering::SeqCst));
        let lines = disk.lines();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].contains("errorCode") && lines[1].contains("refused"), "{}", lines[1]);
        assert!(!lines[2].contains("errorCode") && lines[2].contains("queued"), "{}", lines[2]);
        let (after, _) = waiting_entry("after");
        assert_eq!(writer.write(vec![after]), Ok(()));
        assert_eq!(disk.lines().len(), 4);
    }

    #[test]
    fn a_disk_that_fails_once_costs_nobody_an_answer() {
        let disk = Disk::default();
        let mut writer = writer(&disk);
        let (before, _) = waiting_entry("before");
        assert_eq!(writer.write(vec![before]), Ok(()));
        disk.stumbles.store(true, Ordering::SeqCst);
        let (entry, mut answer) = waiting_entry("written twice");
        assert_eq!(writer.write(vec![entry]), Ok(()));
        assert_eq!(answer.try_recv(), Ok(Ok(())));
        assert!(!writer.failed.load(Ordering::SeqCst));
        let lines = disk.lines();
        assert_eq!(lines.len(), 2, "once in the trail");
        assert!(lines[1].contains(r#""storeCommit":4,"#) && !lines[1].contains("errorCode"));
    }

    #[test]
    fn closing_writes_what_is_queued() {
        let disk = Disk::default();
        let (sender, messages) = mpsc::channel(16);
        for number in 0..3 {
            let entry = Entry {
                record: format!(r#"{{"number":{number}}}"#),
                store_commit: None,
                done: None,
            };
            sender.try_send(Message::Append(entry)).unwrap();
        }
        let (done, mut outcome) = oneshot::channel();
        sender.try_send(Message::Close(done)).unwrap();
        writer(&disk).run(messages);
        assert_eq!(outcome.try_recv(), Ok(Ok(())));
        assert_eq!(disk.lines().len(), 3);
        assert!(sender.is_closed());
    }
}
