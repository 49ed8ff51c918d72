//! Settings: from flags, the environment and a file, in this order of precedence.

mod credential;
mod settings;

pub use credential::{CredentialVariablesError, credential_from};
pub use settings::{GivenSettings, LogFormat, ServeArguments, Settings, SettingsError};
