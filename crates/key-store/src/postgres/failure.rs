//! What goes wrong between the store and a PostgreSQL server, and what the caller is told of it.

use std::error::Error as StdError;

use deadpool_postgres::PoolError;
use export_api::ports::{CommitError, RandomnessUnavailable, StoreError};
use tokio_postgres::error::{DbError, SqlState};

use crate::failure::Failure;
use crate::record::Broken;
use crate::seal::UnwrapError;

/// What the constraints end with that a store key is there while a record is sealed under it.
const STORE_KEY_CONSTRAINT: &str = "_store_key_fkey";

/// A failure with its cause, which the log gets and the caller does not.
#[derive(Debug)]
pub(super) enum Fault {
    /// What goes wrong with any database.
    Store(Failure),
    /// The server refuses, or the connection to it breaks.
    Database(tokio_postgres::Error),
    /// There is no connection to be had.
    Pool(PoolError),
    /// There is a newer store key than the one that was to seal, which may be gone.
    StoreKeysMoved,
    /// A record is sealed under a store key of this number, which is new here or does not exist.
    StoreKeyUnknown(u32),
    /// An answer takes too long.
    TimedOut,
    /// The work panicked.
    Panicked,
    /// The connection broke, or the time was over, when the transaction was being committed.
    Unanswered(Box<Self>),
}

impl Fault {
    /// Whether the same work may succeed if it is done again from the start.
    ///
    /// Not so if it may have been done: see [`Unanswered`](Self::Unanswered).
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => {
                error.is_closed()
                    || error.code().is_none_or(|code| {
                        [
                            SqlState::T_R_SERIALIZATION_FAILURE,
                            SqlState::T_R_DEADLOCK_DETECTED,
                            SqlState::ADMIN_SHUTDOWN,
                            SqlState::CRASH_SHUTDOWN,
                            SqlState::CANNOT_CONNECT_NOW,
                            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                            // A statement that was prepared before the schema moved on.
                            SqlState::FEATURE_NOT_SUPPORTED,
                        ]
                        .contains(code)
                    })
            }
            Self::Pool(PoolError::Backend(error)) => error.code().is_none_or(is_about_connections),
            _ => false,
        }
    }

    /// The same failure of a commit, of which only an answer of the server says that nothing was
    /// written.
    pub(super) fn of_commit(self) -> Self {
        match &self {
            Self::Database(error)
                if error.code().is_some_and(|code| !is_about_connections(code)) =>
            {
                self
            }
            Self::Database(_) | Self::TimedOut => Self::Unanswered(Box::new(self)),
            _ => self,
        }
    }

    /// Whether the connection is not to be used again.
    pub(super) fn breaks_connection(&self) -> bool {
        match self {
            Self::TimedOut | Self::Unanswered(_) => true,
            Self::Database(error) => error.code().is_none_or(|code| {
                is_about_connections(code)
                    // The server became a standby, or a prepared statement does not fit any more.
                    || *code == SqlState::READ_ONLY_SQL_TRANSACTION
                    || *code == SqlState::FEATURE_NOT_SUPPORTED
            }),
            _ => false,
        }
    }

    /// Tells the log what happened and the caller how to take it.
    pub(super) fn report(self) -> CommitError {
        match self {
            Self::Store(failure) => return failure.report(),
            Self::Database(error) if is_conflict(&error) => return CommitError::Conflict,
            Self::Database(error) if is_damage(&error) => {
                tracing::error!(error = chain(&error), "the database is damaged or was altered");
                return StoreError::Damaged.into();
            }
            Self::Database(error) => {
                tracing::error!(error = chain(&error), "the database is not available");
            }
            Self::Pool(error) => {
                tracing::error!(error = chain(&error), "there is no connection to the database");
            }
            Self::StoreKeysMoved => {
                tracing::error!("store keys are replaced faster than anything is written");
            }
            Self::StoreKeyUnknown(number) => {
                tracing::error!(number, "a record is sealed under a store key that is not there");
                return StoreError::Damaged.into();
            }
            Self::TimedOut => tracing::error!(
                "the database does not answer in time; a change may have been carried out, whole"
            ),
            Self::Panicked => tracing::error!("work on the database panicked"),
            Self::Unanswered(cause) => tracing::error!(
                ?cause,
                "the database did not answer a commit: it was carried out whole, or not at all",
            ),
        }
        StoreError::Unavailable.into()
    }

    /// As [`report`](Self::report), where nothing was to be written.
    pub(super) fn report_read(self) -> StoreError {
        match self.report() {
            CommitError::Store(error) => error,
            // A read rests on no version.
            _ => StoreError::Damaged,
        }
    }
}

/// A name that is taken, or a target that is not there.
fn is_conflict(error: &tokio_postgres::Error) -> bool {
    let code = error.code();
    code == Some(&SqlState::UNIQUE_VIOLATION) || code == Some(&SqlState::FOREIGN_KEY_VIOLATION)
}

/// Whether the content is at fault, or the schema, to which the statements fit.
fn is_damage(error: &tokio_postgres::Error) -> bool {
    let is_of = |class| error.code().is_some_and(|code| code.code().starts_with(class));
    // Syntax error or access rule violation, and data or index corrupted.
    (is_of("42") && error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE)) || is_of("XX00")
}

/// Whether the server says that the connection ends, or that it takes none now.
fn is_about_connections(code: &SqlState) -> bool {
    ["08", "57P"].iter().any(|class| code.code().starts_with(class))
}

/// An error and what caused it, on one line.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Store(failure)
    }
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        Self::Store(broken.into())
    }
}

impl From<RandomnessUnavailable> for Fault {
    fn from(unavailable: RandomnessUnavailable) -> Self {
        Self::Store(unavailable.into())
    }
}

impl From<UnwrapError> for Fault {
    fn from(error: UnwrapError) -> Self {
        Self::Store(error.into())
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        let of_store_key = |error: &DbError| {
            *error.code() == SqlState::FOREIGN_KEY_VIOLATION
                && error.constraint().is_some_and(|name| name.ends_with(STORE_KEY_CONSTRAINT))
        };
        match error.as_db_error().is_some_and(of_store_key) {
            true => Self::StoreKeysMoved,
            false => Self::Database(error),
        }
    }
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        Self::Pool(error)
    }
}
