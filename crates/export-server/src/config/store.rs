//! Which store is meant, and where its password comes from.

use std::env::VarError;
use std::path::PathBuf;

use key_store::{PasswordError, PasswordSources, PostgresUrlError, StoreLocation};
use key_types::SecretKey;
use zeroize::Zeroizing;

/// The variable that names a store, also with a password in it.
const VARIABLE: &str = "EXPORT_SERVER_STORE";

/// What names a store is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreSettingError {
    /// It has another form.
    #[error("{place}: {problem}")]
    Form {
        /// The flag, variable or setting.
        place: &'static str,
        /// What is wrong with it.
        problem: PostgresUrlError,
    },
    /// There is a password where others see it.
    #[error(
        "{place} holds a password, where others may see it: leave it out, and give it by \
         {VARIABLE}, PGPASSWORD, PGPASSFILE or ?passfile="
    )]
    Password {
        /// The flag or setting.
        place: &'static str,
    },
    /// A variable is not Unicode.
    #[error("{variable} is not valid text")]
    NotText {
        /// The variable.
        variable: &'static str,
    },
    /// A password was asked for and is not to be had.
    #[error(transparent)]
    PasswordFile(#[from] PasswordError),
}

/// Reads which store is meant: by a flag or a file, without a password in it, or by the
/// environment, and finds the password of a database.
///
/// # Errors
///
/// [`StoreSettingError`] says what is wrong, and quotes no password.
pub fn store_from(
    flag: Option<&str>,
    file: Option<&str>,
    environment: impl Fn(&str) -> Result<String, VarError>,
) -> Result<StoreLocation, StoreSettingError> {
    let read = |variable| read(variable, &environment);
    let location = match (flag, read(VARIABLE)?, file) {
        (Some(text), ..) => parsed("--store", text, Password::Refused)?,
        (None, Some(text), _) => parsed(VARIABLE, &text, Password::Taken)?,
        (None, None, Some(text)) => parsed("the setting `store`", text, Password::Refused)?,
        (None, None, None) => return Ok(StoreLocation::default()),
    };
    with_password(location, read)
}

/// Reads a store that a flag names, and finds its password.
///
/// # Errors
///
/// As [`store_from`].
pub fn store_of_flag(
    place: &'static str,
    text: &str,
    environment: impl Fn(&str) -> Result<String, VarError>,
) -> Result<StoreLocation, StoreSettingError> {
    let location = parsed(place, text, Password::Refused)?;
    with_password(location, |variable| read(variable, &environment))
}

fn read(
    variable: &'static str,
    environment: impl Fn(&str) -> Result<String, VarError>,
) -> Result<Option<Zeroizing<String>>, StoreSettingError> {
    match environment(variable) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(StoreSettingError::NotText { variable }),
    }
}

/// Whether a password may stand in a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Password {
    Taken,
    Refused,
}

fn parsed(
    place: &'static str,
    text: &str,
    password: Password,
) -> Result<StoreLocation, StoreSettingError> {
    let location = text.parse().map_err(|problem| StoreSettingError::Form { place, problem })?;
    match &location {
        StoreLocation::Postgres(url) if url.has_password() && password == Password::Refused => {
            Err(StoreSettingError::Password { place })
        }
        _ => Ok(location),
    }
}

fn with_password(
    location: StoreLocation,
    read: impl Fn(&'static str) -> Result<Option<Zeroizing<String>>, StoreSettingError>,
) -> Result<StoreLocation, StoreSettingError> {
    let StoreLocation::Postgres(url) = location else { return Ok(location) };
    let mut sources = PasswordSources::default();
    // A password that a key of the store could not be is none: it is empty or absurdly long.
    sources.password =
        read("PGPASSWORD")?.and_then(|text| SecretKey::copied_from(text.as_bytes()).ok());
    sources.passfile = read("PGPASSFILE")?.map(|path| PathBuf::from(path.as_str()));
    Ok(StoreLocation::Postgres(url.with_password_from(&sources)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(
        flag: Option<&str>,
        variable: Option<&str>,
        file: Option<&str>,
    ) -> Result<StoreLocation, StoreSettingError> {
        store_from(flag, file, |name| match (name, variable) {
            (VARIABLE, Some(text)) => Ok(text.to_owned()),
            _ => Err(VarError::NotPresent),
        })
    }

    #[test]
    fn the_data_directory_is_usual_and_a_flag_wins() {
        let directory = |name: &str| StoreLocation::Directory(name.into());
        assert_eq!(chosen(None, None, None).unwrap(), StoreLocation::DataDirectory);
        assert_eq!(
            chosen(Some("sqlite"), Some("sqlite:b"), None).unwrap(),
            StoreLocation::default()
        );
        assert_eq!(chosen(None, Some("sqlite:b"), Some("sqlite:c")).unwrap(), directory("b"));
        assert_eq!(chosen(None, None, Some("sqlite:c")).unwrap(), directory("c"));
        for bad in ["mysql://a", "", "sqlite:", "postgres://"] {
            assert!(matches!(chosen(Some(bad), None, None), Err(StoreSettingError::Form { .. })));
        }
    }

    #[test]
    fn a_password_stands_in_the_environment_only() {
        let with = Some("postgres://till:opensesame@db.example/keys");
        for refused in [chosen(with, None, None), chosen(None, None, with)] {
            let refused = refused.unwrap_err();
            assert!(matches!(refused, StoreSettingError::Password { .. }), "{refused}");
            assert!(!format!("{refused} {refused:?}").contains("opensesame"), "{refused}");
        }
        let StoreLocation::Postgres(url) = chosen(None, with, None).unwrap() else { panic!() };
        assert!(url.has_password());

        let without = "postgres://till@db.example/keys";
        let environment = |name: &str| match name {
            "PGPASSWORD" => Ok("opensesame".to_owned()),
            _ => Err(VarError::NotPresent),
        };
        let StoreLocation::Postgres(url) = store_from(Some(without), None, environment).unwrap()
        else {
            panic!("another kind of store");
        };
        assert!(url.has_password() && !format!("{url:?}").contains("opensesame"));
    }
}
