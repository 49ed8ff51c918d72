//! What goes wrong inside the store, and what the caller is told of it.

use export_api::ports::{CommitError, RandomnessUnavailable, StoreError};
use rusqlite::ErrorCode;

use crate::record::Broken;
use crate::seal::UnwrapError;

/// A failure with its cause, which the log gets and the caller does not.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A version moved, or a record is there that was said not to be, or the other way round.
    Conflict,
    /// A record does not open, or does not agree with itself.
    Damaged,
    /// A store key that this process met first while it ran does not open.
    StoreKey(UnwrapError),
    /// No randomness for a nonce.
    Randomness,
    /// The database has ended a transaction that was to go on.
    TransactionLost,
    /// The database refuses.
    Database(rusqlite::Error),
}

/// How far a failure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The batch only; others in the same transaction are sound.
    Batch,
    /// The transaction: nothing of it may be acknowledged.
    Transaction,
    /// The connection too: nothing may be acknowledged before a new one is open.
    Connection,
}

impl Failure {
    /// The failure of a statement that acts on a transaction: whatever it is, no batch in it is
    /// sound any more.
    pub(crate) fn of_transaction(self) -> Self {
        if self.reach() == Reach::Batch { Self::TransactionLost } else { self }
    }

    pub(crate) fn reach(&self) -> Reach {
        use ErrorCode as Code;

        let error = match self {
            Self::Conflict | Self::Damaged | Self::Randomness => return Reach::Batch,
            Self::TransactionLost => return Reach::Connection,
            Self::StoreKey(_) => return Reach::Transaction,
            Self::Database(error) => error,
        };
        match error.sqlite_error_code() {
            Some(Code::ConstraintViolation) => Reach::Batch,
            _ if is_damage(error) => Reach::Batch,
            // These say that nothing was written; the connection is as good as before.
            Some(Code::DatabaseBusy | Code::DatabaseLocked | Code::DiskFull) => Reach::Transaction,
            // A failed write or sync leaves open what is on the disk, and a page cache that may
            // not agree with it.
            _ => Reach::Connection,
        }
    }

    /// Tells the log what happened and the caller how to take it.
    pub(crate) fn report(self) -> CommitError {
        let error = match self {
            Self::Conflict => return CommitError::Conflict,
            Self::Database(error) if is_conflict(&error) => return CommitError::Conflict,
            Self::Damaged => {
                tracing::error!("a stored record does not open, or does not agree with itself");
                StoreError::Damaged
            }
            Self::TransactionLost => {
                tracing::error!("the database has ended a transaction that was to go on");
                StoreError::Unavailable
            }
            Self::StoreKey(error) => {
                error.log();
                StoreError::Unavailable
            }
            Self::Randomness => {
                tracing::error!("the source of randomness did not answer");
                StoreError::Unavailable
            }
            Self::Database(error) if is_damage(&error) => {
                tracing::error!(%error, "the database is damaged");
                StoreError::Damaged
            }
            Self::Database(error) => {
                tracing::error!(%error, "the database is not available");
                StoreError::Unavailable
            }
        };
        CommitError::Store(error)
    }

    /// As [`report`](Self::report), where nothing was to be written.
    pub(crate) fn report_read(self) -> StoreError {
        match self.report() {
            CommitError::Store(error) => error,
            // A read rests on no version.
            _ => StoreError::Damaged,
        }
    }
}

/// A name that is taken, or a target that is not there.
fn is_conflict(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

/// Whether the file's content is at fault, rather than the machine it lies on.
///
/// The statements are fixed and fit the schema, so that an error in their meaning, or a value of
/// another type, says that the schema or the value was altered.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use ErrorCode as Code;

    match error.sqlite_error_code() {
        Some(Code::DatabaseCorrupt | Code::NotADatabase | Code::TypeMismatch | Code::Unknown) => {
            true
        }
        Some(_) => false,
        None => true,
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<UnwrapError> for Failure {
    fn from(error: UnwrapError) -> Self {
        Self::StoreKey(error)
    }
}

impl From<Broken> for Failure {
    fn from(_: Broken) -> Self {
        Self::Damaged
    }
}

impl From<RandomnessUnavailable> for Failure {
    fn from(_: RandomnessUnavailable) -> Self {
        Self::Randomness
    }
}
