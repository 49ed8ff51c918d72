//! The port for time.

use crate::Timestamp;

/// Tells the time; tests tell any time they like.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;
}
