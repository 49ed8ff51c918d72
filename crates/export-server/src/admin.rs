//! What is done to a data directory beside serving it.

mod backup;
mod check;
mod doctor;
mod root_key;
mod store_arguments;
mod store_key;

pub use backup::{BackupArguments, RestoreArguments, back_up, restore};
pub use check::{Counts, check_records};
pub use doctor::{DoctorArguments, examine};
pub use root_key::{RootKeyCommand, RotateArguments, run as run_root_key};
pub use store_arguments::StoreArguments;
pub use store_key::{StoreKeyCommand, rotate as rotate_store_key, run as run_store_key};
