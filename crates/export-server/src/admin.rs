//! What is done to the data directory on its own machine, whether or not a server runs on it.

mod approve;
mod backup;
mod check;
mod credential;
mod doctor;
mod place;
mod policy;
mod receipts;

pub use approve::ApproveArguments;
pub use backup::{BackupArguments, RestoreArguments, back_up, restore};
pub use check::{Counts, check_records};
pub use credential::CredentialCommand;
pub use doctor::{DoctorArguments, examine};
pub use place::PlaceArguments;
pub use policy::PolicyCommand;
pub use receipts::ReceiptsArguments;
