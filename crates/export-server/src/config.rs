//! Settings: from flags, the environment and a file, in this order of precedence.

mod credential;
mod error;
mod root_key;
mod settings;
mod store;

pub use credential::{CredentialVariablesError, credential_from};
pub use error::SettingsError;
pub use root_key::{PIN_VARIABLE, RootKeySetting, RootKeySettingError};
pub use settings::{GivenSettings, LogFormat, ReceiptsFor, ServeArguments, Settings};
pub use store::{StoreSettingError, store_from, store_of_flag};
