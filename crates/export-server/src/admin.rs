//! What is done to a data directory beside serving it.

mod backup;
mod check;
mod doctor;

pub use backup::{BackupArguments, RestoreArguments, back_up, restore};
pub use check::{Counts, check_records};
pub use doctor::{DoctorArguments, examine};
