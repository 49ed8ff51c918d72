//! What commands leave in the audit trail.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use export_api::ports::Clock;
use rustix::process::getuid;
use serde_json::Value;

use crate::audit::{Change, ChangeKind, Maker, Queue};
use crate::clock::SystemClock;
use crate::randomness::OsRandomness;
use crate::serve::AUDIT_FILE;

/// Records changes beside the trail of a data directory, or in it.
pub(super) struct Recorder {
    queue: Queue,
    trail: PathBuf,
}

impl Recorder {
    /// Sees, before anything is changed, that it could be recorded.
    pub(super) fn open(data_directory: &Path) -> anyhow::Result<Self> {
        ensure!(
            data_directory.is_dir(),
            "there is no data directory {}, whose audit trail is to tell of this",
            data_directory.display()
        );
        let queue = Queue::of(data_directory);
        queue.prepare().with_context(|| {
            format!(
                "nothing can be recorded beside the audit trail of {}",
                data_directory.display()
            )
        })?;
        Ok(Self { queue, trail: data_directory.join(AUDIT_FILE) })
    }

    /// Records a change that was made; it is durable when this returns, in the trail or, while a
    /// server writes that, beside it.
    pub(super) fn record(&self, kind: ChangeKind, parameters: Value) -> anyhow::Result<()> {
        let Value::Object(parameters) = parameters else { return Ok(()) };
        let maker = Maker::OperatingSystemUser { user_id: getuid().as_raw() };
        Change::new(kind, maker, parameters, SystemClock.now(), &OsRandomness)
            .map_err(anyhow::Error::from)
            .and_then(|change| Ok(self.queue.put(&change)?))
            .context("it is done, but could not be recorded for the audit trail")?;
        if let Err(error) = self.queue.write_to(&self.trail) {
            tracing::warn!(%error, "the change waits beside the audit trail");
        }
        Ok(())
    }
}
