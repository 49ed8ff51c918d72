//! Key attributes: what a key may be used for, in the words of the key block header.

mod exportability;
mod key_version;
mod mode;
mod usage;

pub use exportability::Exportability;
pub use key_version::{KeyVersion, KeyVersionError};
pub use mode::ModeOfUse;
pub use usage::KeyUsage;
