//! The audit trail: one line for each operation that was carried out and each change that a command
//! made, each line chained to the one before.
//!
//! A line is a JSON object in the shape of AWS CloudTrail. It also has a `sequenceNumber`,
//! counted from 1, and a `previousHash`: SHA-256 of the line before, without its line feed, in
//! hex digits (zeros in the first line). So no line can be changed, taken out or moved without
//! changing the hash of the last one, the *head*. Whoever can write the whole file can also
//! compute a new chain, so a head that was noted elsewhere is what a chain is checked against.
//!
//! Over a store in a file, a line also has a `storeCommit`: the number of the last commit of the
//! store that was durable when the line was written. A store that ends before it lost something.

mod chain;
mod change;
mod file;
mod queue;
mod receipts;
mod record;
mod trail;
mod verify;
mod writer;

pub use chain::Head;
pub use change::{Change, ChangeKind, Maker};
pub(crate) use file::append_line;
pub use file::{OpenError, last_store_commit};
pub use queue::Queue;
pub use receipts::{BrokenReceipt, ReceiptProblem, receipts};
pub(crate) use record::accepted_loss;
pub use trail::{AuditTrail, Durability};
pub use verify::{Broken, Problem, verify};
