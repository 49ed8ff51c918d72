//! What is done to the data directory on its own machine, whether or not a server runs on it.

mod approve;
mod credential;
mod place;
mod policy;
mod receipts;

pub use approve::ApproveArguments;
pub use credential::CredentialCommand;
pub use place::PlaceArguments;
pub use policy::PolicyCommand;
pub use receipts::ReceiptsArguments;
