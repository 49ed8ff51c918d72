//! Passwords of PostgreSQL servers, from where `libpq` looks for them too.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use key_types::SecretKey;
use tokio_postgres::Config;
use zeroize::Zeroizing;

use super::url::shown;
use crate::private_file;

/// Where passwords may be: the environment of the process, read by whoever starts it.
///
/// A password file has lines of `host:port:database:user:password`; `*` stands for anything, and
/// a backslash takes the meaning of a colon or a backslash after it.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct PasswordSources {
    /// The password itself, as `PGPASSWORD` has it.
    pub password: Option<SecretKey>,
    /// The file with passwords, as `PGPASSFILE` names it, where the address names none.
    pub passfile: Option<PathBuf>,
}

/// Why there is no password although a file was named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The file cannot be read, or is no text.
    #[error("the password file {} cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file can be read by others than its owner.
    #[error("{} is open to others than its owner; set its mode to 0600", path.display())]
    NotPrivate {
        /// The file.
        path: PathBuf,
    },
}

/// The first password there is: of the environment, or of the file.
pub(super) fn find(
    config: &Config,
    passfile: Option<&Path>,
    sources: &PasswordSources,
) -> Result<Option<Zeroizing<Vec<u8>>>, PasswordError> {
    if let Some(password) = &sources.password {
        return Ok(Some(password.expose_secret().to_vec().into()));
    }
    let Some(path) = passfile.or(sources.passfile.as_deref()) else { return Ok(None) };
    let refused = |source| PasswordError::File { path: path.to_owned(), source };
    let metadata = File::open(path).and_then(|file| file.metadata()).map_err(refused)?;
    if !private_file::is_private(&metadata) {
        return Err(PasswordError::NotPrivate { path: path.to_owned() });
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(refused)?);
    let user = config.get_user().unwrap_or_default();
    let wanted = [
        config.get_hosts().first().map(shown).unwrap_or_default(),
        config.get_ports().first().copied().unwrap_or(5432).to_string(),
        config.get_dbname().unwrap_or(user).to_owned(),
        user.to_owned(),
    ];
    Ok(in_text(&text, &wanted).map(|password| password.as_bytes().to_vec().into()))
}

/// The password of the first line that is for this server, database and user.
pub(crate) fn in_text(text: &str, wanted: &[String; 4]) -> Option<Zeroizing<String>> {
    text.lines().find_map(|line| password_of(line, wanted))
}

/// The password of a line, if the line is for this server, database and user.
fn password_of(line: &str, wanted: &[String; 4]) -> Option<Zeroizing<String>> {
    if line.starts_with('#') {
        return None;
    }
    // None of them grows, which would leave parts of passwords behind.
    let field = || Zeroizing::new(String::with_capacity(line.len()));
    let mut fields = vec![field()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ':' if fields.len() > wanted.len() => return None,
            ':' => fields.push(field()),
            _ => {
                let plain = if character == '\\' { characters.next() } else { Some(character) };
                fields.last_mut()?.extend(plain);
            }
        }
    }
    let password = fields.pop().filter(|_| fields.len() == wanted.len())?;
    let fits = |(field, wanted): (&Zeroizing<String>, &String)| {
        field.as_str() == "*" || field.as_str() == wanted
    };
    fields.iter().zip(wanted).all(fits).then_some(password)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::PostgresUrl;

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let wanted = ["db.example", "5432", "keys", "till"].map(str::to_owned);
        let password = |line: &str| password_of(line, &wanted).map(|it| it.to_string());
        assert_eq!(password("db.example:5432:keys:till:secret"), Some("secret".to_owned()));
        assert_eq!(password("*:*:*:till:a\\:b\\\\c"), Some("a:b\\c".to_owned()));
        for other in ["#*:*:*:*:no", "db.example:5433:keys:till:no", "*:*:*:no", "", "a:b:c:d:e:f"]
        {
            assert_eq!(password(other), None, "{other}");
        }
    }

    #[test]
    fn a_file_is_private_and_the_environment_goes_before_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pass");
        fs::write(&path, "*:*:*:other:no\nlocalhost:*:*:till:yes\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let url: PostgresUrl = "postgres://till@localhost/keys".parse().unwrap();
        let sources = PasswordSources { passfile: Some(path.clone()), ..Default::default() };
        let refused = url.clone().with_password_from(&sources).unwrap_err();
        assert!(matches!(refused, PasswordError::NotPrivate { .. }), "{refused}");

        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let found = |url: &PostgresUrl, sources| {
            let url = url.clone().with_password_from(sources).unwrap();
            url.config.get_password().map(<[u8]>::to_vec)
        };
        assert_eq!(found(&url, &sources), Some(b"yes".to_vec()));
        let password = SecretKey::copied_from(b"first").ok();
        let sources = PasswordSources { password, passfile: Some(path) };
        assert_eq!(found(&url, &sources), Some(b"first".to_vec()));
        let with_own: PostgresUrl = "postgres://till:own@localhost/keys".parse().unwrap();
        assert_eq!(found(&with_own, &sources), Some(b"own".to_vec()));
        assert_eq!(found(&url, &PasswordSources::default()), None);
    }
}
