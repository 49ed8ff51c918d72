//! An access key given by the environment.

use std::env::VarError;

use zeroize::Zeroizing;

use crate::sigv4::{Credential, CredentialError};

const ID: &str = "EXPORT_SERVER_ACCESS_KEY_ID";
const SECRET: &str = "EXPORT_SERVER_SECRET_ACCESS_KEY";

/// The environment names an access key, but not one that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialVariablesError {
    /// One of the two variables is set and the other is not.
    #[error("{ID} and {SECRET} must be set both or not at all; {missing} is missing")]
    HalfSet {
        /// The variable that is not set.
        missing: &'static str,
    },
    /// A variable is not Unicode.
    #[error("{variable} is not valid text")]
    NotText {
        /// The variable.
        variable: &'static str,
    },
    /// A variable has another form.
    #[error("{variable}: {problem}")]
    Form {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it.
        problem: CredentialError,
    },
}

/// Reads the access key that the environment names, if it names one.
///
/// It is not a setting like the others: a secret has no place in a flag, where every user of the
/// machine sees it, nor in a file beside harmless settings.
///
/// # Errors
///
/// [`CredentialVariablesError`] if only one variable is set, or one has a wrong form.
pub fn credential_from(
    environment: impl Fn(&str) -> Result<String, VarError>,
) -> Result<Option<Credential>, CredentialVariablesError> {
    let read = |variable| match environment(variable) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(CredentialVariablesError::NotText { variable }),
    };
    let form = |variable| move |problem| CredentialVariablesError::Form { variable, problem };
    match (read(ID)?, read(SECRET)?) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(CredentialVariablesError::HalfSet { missing: SECRET }),
        (None, Some(_)) => Err(CredentialVariablesError::HalfSet { missing: ID }),
        (Some(id), Some(secret)) => {
            let id = id.parse().map_err(form(ID))?;
            let secret = secret.parse().map_err(form(SECRET))?;
            Ok(Some(Credential::new(id, secret)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD_ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const GOOD_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn read(
        id: Option<&str>,
        secret: Option<&str>,
    ) -> Result<Option<String>, CredentialVariablesError> {
        let environment = |name: &str| {
            let value = if name == ID { id } else { secret };
            value.map(str::to_owned).ok_or(VarError::NotPresent)
        };
        Ok(credential_from(environment)?.map(|credential| credential.id().to_string()))
    }

    #[test]
    fn both_or_none() {
        assert_eq!(read(None, None), Ok(None));
        assert_eq!(read(Some(GOOD_ID), Some(GOOD_SECRET)), Ok(Some(GOOD_ID.into())));
        let half = |missing| Err(CredentialVariablesError::HalfSet { missing });
        assert_eq!(read(Some(GOOD_ID), None), half(SECRET));
        assert_eq!(read(None, Some(GOOD_SECRET)), half(ID));
    }

    #[test]
    fn what_is_no_access_key_is_refused_without_repeating_it() {
        let error = read(Some("short"), Some(GOOD_SECRET)).unwrap_err().to_string();
        assert!(error.starts_with("EXPORT_SERVER_ACCESS_KEY_ID: "), "{error}");
        let error = read(Some(GOOD_ID), Some("my secret")).unwrap_err().to_string();
        assert!(error.starts_with("EXPORT_SERVER_SECRET_ACCESS_KEY: "), "{error}");
        assert!(!error.contains("my secret"), "{error}");
    }
}
