//! The audit trail as the service sees it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use export_api::Realm;
use export_api::ports::{Audit, AuditEvent, AuditUnavailable, Randomness};
use key_store::Commits;
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot, watch};

use super::chain::Head;
use super::change::Change;
use super::file::{AuditFile, OpenError, Opened, Storage};
use super::record::record;
use super::writer::{Counters, Entry, Message, Writer};
use crate::metrics::Written;
use crate::randomness::random_uuid;

/// How many records wait for the disk before operations wait too.
const QUEUE: usize = 8192;
/// How long records gather between two syncs if nobody waits for them.
const PAUSE: Duration = Duration::from_millis(50);

/// When an operation is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Durability {
    /// After its record is on the disk.
    #[default]
    Durable,
    /// After its record is queued; a crash may lose the records of the last 100 ms.
    Buffered,
}

/// The audit trail in a file. Clones write to the same file.
#[derive(Clone, Debug)]
pub struct AuditTrail<R> {
    realm: Realm,
    durability: Durability,
    randomness: R,
    messages: mpsc::Sender<Message>,
    failed: Arc<AtomicBool>,
    head: watch::Receiver<Head>,
    counters: Arc<Counters>,
    commits: Option<Commits>,
}

impl<R: Randomness> AuditTrail<R> {
    /// Opens or makes the file with mode 0600 and starts the thread that writes it.
    ///
    /// An unterminated last line is cut off: it was being written when the process died, and
    /// nobody was told that it was durable.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong with the file.
    pub fn open(
        path: &Path,
        realm: Realm,
        durability: Durability,
        randomness: R,
    ) -> Result<Self, OpenError> {
        let Opened { file, head, length, cut_off } = AuditFile::open(path)?;
        if cut_off > 0 {
            tracing::warn!(cut_off, "cut an unfinished last line off the audit trail");
        }
        Ok(Self::over(file, head, length, (realm, durability, randomness)))
    }

    /// Starts the thread over a file that ends with `head` after `length` bytes.
    fn over(
        file: impl Storage,
        head: Head,
        length: u64,
        (realm, durability, randomness): (Realm, Durability, R),
    ) -> Self {
        let (messages, received) = mpsc::channel(QUEUE);
        let failed = Arc::new(AtomicBool::new(false));
        let (head_sender, head) = watch::channel(head);
        let pause = match durability {
            Durability::Durable => Duration::ZERO,
            Durability::Buffered => PAUSE,
        };
        let owed = Vec::new();
        let counters = Arc::new(Counters::default());
        let writer = Writer {
            file,
            head: head_sender,
            length,
            owed,
            store_commit: None,
            failed: Arc::clone(&failed),
            counters: Arc::clone(&counters),
            pause,
        };
        thread::spawn(move || writer.run(received));
        Self { realm, durability, randomness, messages, failed, head, counters, commits: None }
    }

    /// The same trail, whose lines say which commit of the store was durable before them.
    #[must_use]
    pub fn with_commits(mut self, commits: Option<Commits>) -> Self {
        self.commits = commits;
        self
    }

    /// The last line that is durable.
    #[must_use]
    pub fn head(&self) -> Head {
        *self.head.borrow()
    }

    /// How many lines were made durable since the trail was opened, and how long the disk took.
    #[must_use]
    pub fn written(&self) -> Written {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let time = Duration::from_nanos(count(&self.counters.nanoseconds));
        Written::new(count(&self.counters.lines), count(&self.counters.syncs), time)
    }

    /// Makes durable what is queued, and stops writing; later records are refused.
    ///
    /// # Errors
    ///
    /// [`AuditUnavailable`] if records are lost because they cannot be written.
    pub async fn close(&self) -> Result<(), AuditUnavailable> {
        self.ask(Message::Close).await
    }

    /// Records a change that no operation made; it is durable when this returns, whatever the
    /// setting.
    ///
    /// # Errors
    ///
    /// [`AuditUnavailable`] if it is not.
    pub async fn record_change(&self, change: &Change) -> Result<(), AuditUnavailable> {
        let record = change.record().map_err(|_| AuditUnavailable)?;
        let store_commit = self.last_commit();
        self.ask(|done| Message::Append(Entry { record, store_commit, done: Some(done) })).await
    }

    fn last_commit(&self) -> Option<u64> {
        self.commits.as_ref().map(Commits::last)
    }

    async fn ask(
        &self,
        message: impl FnOnce(oneshot::Sender<Result<(), AuditUnavailable>>) -> Message,
    ) -> Result<(), AuditUnavailable> {
        let (done, outcome) = oneshot::channel();
        self.messages.send(message(done)).await.map_err(|_| AuditUnavailable)?;
        outcome.await.map_err(|_| AuditUnavailable)?
    }
}

impl<R: Randomness> Audit for AuditTrail<R> {
    async fn ready(&self) -> Result<(), AuditUnavailable> {
        if self.failed.load(Ordering::Acquire) {
            return self.ask(Message::Retry).await;
        }
        if self.messages.is_closed() { Err(AuditUnavailable) } else { Ok(()) }
    }

    async fn record(&self, event: AuditEvent) -> Result<(), AuditUnavailable> {
        let event_id = random_uuid(&self.randomness).map_err(|_| AuditUnavailable)?;
        let record = record(&event, &self.realm, &event_id).map_err(|_| AuditUnavailable)?;
        // What the event is about was committed before.
        let store_commit = self.last_commit();
        match self.durability {
            Durability::Durable => {
                let entry = |done| Entry { record, store_commit, done: Some(done) };
                self.ask(|done| Message::Append(entry(done))).await
            }
            Durability::Buffered => {
                let append = Message::Append(Entry { record, store_commit, done: None });
                self.messages.send(append).await.map_err(|_| AuditUnavailable)
            }
        }
    }
}
