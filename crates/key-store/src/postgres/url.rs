//! Where a PostgreSQL database is, and how it is spoken with.

use core::fmt;
use core::str::FromStr;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::password::{self, PasswordError, PasswordSources};

/// How long the connection to a server may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the network may leave what was sent without an answer.
const SILENCE: Duration = Duration::from_secs(10);
/// How many connections a store opens at most, unless the address says so.
const POOL_SIZE: usize = 10;

/// The address of a PostgreSQL database: `postgres://user@host:port/database?sslmode=...`.
///
/// Its parameters are those of `libpq`, as far as `tokio-postgres` knows them, and:
///
/// - `sslmode`: `disable`, or `require`, `verify-ca` and `verify-full`, which all check the
///   certificate of the server and the name in it. Left out, TLS is spoken unless the server is
///   on this machine. `prefer` and `allow` are refused: whoever is between could switch TLS off.
/// - `sslrootcert`: a file with authorities in PEM, instead of those the system trusts.
/// - `passfile`: a file with passwords, see [`PasswordSources`].
/// - `pool_size`: how many connections are open at most, usually 10.
///
/// What it shows of itself never includes the password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    pub(super) config: Box<Config>,
    pub(super) root_certificates: Option<PathBuf>,
    pub(super) pool_size: usize,
    passfile: Option<PathBuf>,
}

/// Why a text is no address of a PostgreSQL database that is used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresUrlError {
    /// It has another form, or a parameter that is not known.
    #[error("no address of a PostgreSQL database: {reason}")]
    Form {
        /// What is wrong with it.
        reason: String,
    },
    /// A parameter has a value that it cannot have.
    #[error("the parameter {parameter} of the address cannot be {value:?}; {instead}")]
    Parameter {
        /// The parameter.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        instead: &'static str,
    },
}

impl PostgresUrl {
    /// Whether a text is meant to be such an address.
    #[must_use]
    pub fn is_meant_by(text: &str) -> bool {
        text.starts_with("postgres://") || text.starts_with("postgresql://")
    }

    /// Whether there is a password in the address itself.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Looks for the password where the sources say, unless the address has one.
    ///
    /// # Errors
    ///
    /// [`PasswordError`] if a file that was named cannot be used.
    pub fn with_password_from(mut self, sources: &PasswordSources) -> Result<Self, PasswordError> {
        if !self.has_password()
            && let Some(password) = password::find(&self.config, self.passfile.as_deref(), sources)?
        {
            self.config.password(password.as_slice());
        }
        Ok(self)
    }

    /// Whether every server it names is on this machine.
    pub(super) fn is_here(&self) -> bool {
        self.config.get_hosts().iter().all(is_here)
    }

    pub(super) fn uses_tls(&self) -> bool {
        self.config.get_ssl_mode() != SslMode::Disable
    }
}

/// Parameters that `tokio-postgres` does not know, or knows with other values.
#[derive(Default)]
struct Own {
    sslmode: Option<String>,
    root_certificates: Option<PathBuf>,
    passfile: Option<PathBuf>,
    pool_size: Option<String>,
}

impl FromStr for PostgresUrl {
    type Err = PostgresUrlError;

    fn from_str(text: &str) -> Result<Self, PostgresUrlError> {
        let form = |reason: &str| PostgresUrlError::Form { reason: reason.to_owned() };
        if !Self::is_meant_by(text) {
            return Err(form("it begins with postgres://"));
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let mut own = Own::default();
        let mut rest = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) =
                parameter.split_once('=').ok_or_else(|| form("a parameter has no value"))?;
            let value =
                decoded(value).ok_or_else(|| form("a parameter is not percent-encoded text"))?;
            match name {
                "sslmode" => own.sslmode = Some(value),
                "sslrootcert" => own.root_certificates = Some(value.into()),
                "passfile" => own.passfile = Some(value.into()),
                "pool_size" => own.pool_size = Some(value),
                _ => rest.push(parameter),
            }
        }
        let known = match rest.is_empty() {
            true => address.to_owned(),
            false => format!("{address}?{}", rest.join("&")),
        };
        // The error names parameters, and quotes nothing that may be a password.
        let mut config: Config =
            known.parse().map_err(|error| form(&super::failure::chain(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(form("it names no host"));
        }
        fill_in(&mut config);
        config.ssl_mode(ssl_mode(own.sslmode.as_deref(), &config)?);
        let pool_size = own.pool_size.map_or(Ok(POOL_SIZE), pool_size)?;
        let Own { root_certificates, passfile, .. } = own;
        Ok(Self { config: Box::new(config), root_certificates, pool_size, passfile })
    }
}

/// What the address leaves open.
fn fill_in(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_application_name().is_none() {
        config.application_name("export-server");
    }
    // Of several hosts, the one that can be written to, also after they changed their parts.
    if config.get_target_session_attrs() == TargetSessionAttrs::Any {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
}

fn ssl_mode(given: Option<&str>, config: &Config) -> Result<SslMode, PostgresUrlError> {
    match given {
        Some("disable") => Ok(SslMode::Disable),
        Some("require" | "verify-ca" | "verify-full") => Ok(SslMode::Require),
        Some(other) => Err(PostgresUrlError::Parameter {
            parameter: "sslmode",
            value: other.to_owned(),
            instead: "it may be verify-full, or disable",
        }),
        None if config.get_hosts().iter().all(is_here) => Ok(SslMode::Disable),
        None => Ok(SslMode::Require),
    }
}

/// Whether a host is this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

fn pool_size(text: String) -> Result<usize, PostgresUrlError> {
    match text.parse() {
        Ok(size @ 1..=1000) => Ok(size),
        _ => Err(PostgresUrlError::Parameter {
            parameter: "pool_size",
            value: text,
            instead: "it may be 1 to 1000",
        }),
    }
}

/// A text without its percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// The name or the directory of a host.
pub(super) fn shown(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => Path::display(path).to_string(),
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(formatter, "{user}@")?;
        }
        for (number, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            write!(formatter, "{comma}{}", shown(host))?;
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(number).or(ports.first()) {
                write!(formatter, ":{port}")?;
            }
        }
        write!(formatter, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<PostgresUrl, PostgresUrlError> {
        text.parse()
    }

    #[test]
    fn the_password_is_never_shown() {
        let url =
            parsed("postgres://till:opensesame@db.example:6432/keys?sslmode=require").unwrap();
        assert!(url.has_password());
        assert_eq!(url.to_string(), "postgres://till@db.example:6432/keys");
        assert!(!format!("{url:?}").contains("opensesame"));
        let url = parsed("postgres://till@db.example/keys?password=opensesame").unwrap();
        assert!(url.has_password() && !format!("{url} {url:?}").contains("opensesame"));
        for bad in [
            "postgres://till:opensesame@db.example:port/keys",
            "postgres://till:opensesame@db.example/keys?sslmod=require",
            "postgres://till:opensesame@db.example/keys?pool_size=0",
            "postgres://till:opensesame@/keys",
            "postgres://till:opensesame@db.example/keys?password",
            "mysql://till:opensesame@db.example/keys",
        ] {
            let refused = parsed(bad).unwrap_err();
            assert!(!format!("{refused} {refused:?}").contains("opensesame"), "{refused}");
        }
    }

    #[test]
    fn tls_is_spoken_with_other_machines_and_never_given_up_in_silence() {
        let mode = |text: &str| parsed(text).map(|url| url.uses_tls());
        for here in ["localhost", "127.0.0.1", "%2Frun%2Fpostgresql"] {
            assert_eq!(mode(&format!("postgres://{here}/keys")), Ok(false), "{here}");
        }
        assert_eq!(mode("postgres://db.example/keys"), Ok(true));
        assert_eq!(mode("postgres://localhost,db.example/keys"), Ok(true));
        assert_eq!(mode("postgres://db.example/keys?sslmode=disable"), Ok(false));
        assert_eq!(mode("postgres://localhost/keys?sslmode=verify-full"), Ok(true));
        for bad in ["prefer", "allow", ""] {
            let refused = mode(&format!("postgres://db.example/keys?sslmode={bad}")).unwrap_err();
            assert!(refused.to_string().contains("verify-full"), "{refused}");
        }
    }

    #[test]
    fn own_parameters_are_taken_and_others_passed_on() {
        let url = parsed(
            "postgresql://till@a,b:6000/keys?sslrootcert=%2Fca%20s.pem&pool_size=3\
             &options=-csearch_path%3Dtill&connect_timeout=9",
        )
        .unwrap();
        assert_eq!(url.root_certificates, Some(PathBuf::from("/ca s.pem")));
        assert_eq!(url.pool_size, 3);
        assert_eq!(url.config.get_options(), Some("-csearch_path=till"));
        assert_eq!(url.config.get_connect_timeout(), Some(&Duration::from_secs(9)));
        assert_eq!(url.to_string(), "postgres://till@a:5432,b:6000/keys");
        assert_eq!(url.config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
    }
}
