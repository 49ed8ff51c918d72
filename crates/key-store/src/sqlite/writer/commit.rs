//! The end of a transaction: counted, durable, and gone from the log if it was refused.

use std::time::Duration;

use rusqlite::Connection;

use super::Writer;
use crate::failure::{Failure, Reach};
use crate::sqlite::{commits, connection};

/// How long emptying the log waits for those who read it.
const FOLD_TIMEOUT: Duration = Duration::from_millis(50);

impl Writer {
    pub(super) fn connect(&mut self) -> Result<(), Failure> {
        if self.connection.is_none() {
            self.connection = Some(connection::writer(&self.path)?);
        }
        Ok(())
    }

    /// Commits the open transaction under the next number, unless there is nothing in it.
    pub(super) fn commit_counted(&mut self) -> Result<(), Failure> {
        let number = match self.has_written {
            true => Some(commits::count(self.connection()?)?),
            false => None,
        };
        if let Err(failure) = self.execute("COMMIT", ()) {
            // It may stand in the log, whole, although it was not synced.
            self.is_unsettled |= failure.reach() == Reach::Connection;
            return Err(failure);
        }
        number.into_iter().for_each(|number| self.commits.reached(number));
        Ok(())
    }

    /// Overwrites a commit that may stand in the log although the disk failed it.
    ///
    /// A commit appends to the log where the last durable one ended, and what stands behind it there
    /// counts no more. So one that holds nothing but its number will do.
    pub(super) fn settle_log(&mut self) -> Result<(), Failure> {
        if !self.is_unsettled {
            return Ok(());
        }
        self.connect()?;
        self.execute("BEGIN IMMEDIATE", ())?;
        self.has_written = true;
        self.commit_counted()?;
        self.is_unsettled = false;
        tracing::info!("a commit that the disk failed is overwritten");
        Ok(())
    }

    /// Copies the write-ahead log into the database and empties it, so that the seals of keys
    /// that were destroyed are gone from it too.
    ///
    /// The commit stands whether or not this succeeds; the log is folded in later otherwise.
    pub(super) fn fold_log(&self) {
        let fold = |connection: &Connection| {
            // A backup may read for long, and others wait to write.
            connection.busy_timeout(FOLD_TIMEOUT)?;
            let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
            let is_busy = connection.query_row(fold, (), |row| row.get::<_, bool>(0));
            connection.busy_timeout(connection::BUSY_TIMEOUT)?;
            is_busy
        };
        match self.connection.as_ref().map(fold) {
            Some(Ok(true)) => tracing::debug!("the log is being read; it is emptied later"),
            Some(Err(error)) => tracing::warn!(%error, "the log cannot be emptied"),
            Some(Ok(false)) | None => (),
        }
    }
}
