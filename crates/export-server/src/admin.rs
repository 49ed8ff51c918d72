//! What is done to the data directory on its own machine, whether or not a server runs on it.

mod approve;
mod backup;
mod check;
mod credential;
mod doctor;
mod policy;
mod receipts;
mod recorder;
mod root_key;
mod store_arguments;
mod store_key;

pub use approve::ApproveArguments;
pub use backup::{BackupArguments, RestoreArguments, back_up, restore};
pub use check::{Counts, check_records};
pub use credential::CredentialCommand;
pub use doctor::{DoctorArguments, examine};
pub use policy::PolicyCommand;
pub use receipts::ReceiptsArguments;
pub use root_key::{RootKeyCommand, RotateArguments, run as run_root_key};
pub use store_arguments::StoreArguments;
pub use store_key::{StoreKeyCommand, rotate as rotate_store_key, run as run_store_key};
