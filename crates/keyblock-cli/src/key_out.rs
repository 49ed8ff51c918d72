//! How a clear key leaves the program: to new files of its owner's, in hex, and nowhere else.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use key_types::{KeyAlgorithm, SecretKey};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::components::split;
use crate::failure::Failure;
use crate::key_block::check_value_of;
use crate::page::Page;

/// The options that let a clear key out.
#[derive(Args, Debug)]
pub(crate) struct KeyOut {
    /// Write the clear key, in hex, to a new file with mode 0600
    #[arg(long, value_name = "FILE")]
    key_out: Option<PathBuf>,
    /// Write the key as components, in hex, to new files FILE.1, FILE.2, ... with mode 0600
    #[arg(long, value_name = "FILE")]
    components_out: Option<PathBuf>,
    /// How many components to make
    #[arg(long, value_name = "COUNT", default_value_t = 3, requires = "components_out")]
    #[arg(value_parser = clap::value_parser!(u8).range(2..=9))]
    component_count: u8,
}

impl KeyOut {
    /// Only components, as many as `component_count` says.
    pub(crate) const fn of_components(path: PathBuf, component_count: u8) -> Self {
        Self { key_out: None, components_out: Some(path), component_count }
    }

    /// Writes the key if that was asked for, and says where it is.
    pub(crate) fn write(
        &self,
        key: &SecretKey,
        algorithm: Option<KeyAlgorithm>,
    ) -> Result<Vec<Written>, Failure> {
        let mut written = Vec::new();
        if let Some(path) = &self.key_out {
            written.push(write("clear key in", path, key, algorithm)?);
        }
        let Some(stem) = &self.components_out else { return Ok(written) };
        for (number, component) in (1..).zip(split(key, self.component_count)?) {
            let path = numbered(stem, number);
            written.push(write("component in", &path, &component, algorithm)?);
        }
        Ok(written)
    }
}

/// Where a clear key or one of its components was written.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_value: Option<String>,
    #[serde(skip)]
    label: &'static str,
}

impl Written {
    pub(crate) fn show(&self, page: &mut Page) {
        let value = self.check_value.as_ref();
        let value = value.map(|value| format!(", check value {value}")).unwrap_or_default();
        page.row_in_words(self.label, &self.path, &format!("mode 0600{value}"));
    }
}

fn numbered(stem: &Path, number: u32) -> PathBuf {
    let mut path = OsString::from(stem);
    path.push(format!(".{number}"));
    path.into()
}

/// Writes a key in hex and a line end to a new file that its owner alone may read.
fn write(
    label: &'static str,
    path: &Path,
    key: &SecretKey,
    algorithm: Option<KeyAlgorithm>,
) -> Result<Written, Failure> {
    let shown = path.display().to_string();
    let refuse = |error: io::Error| {
        let reason = match error.kind() {
            io::ErrorKind::AlreadyExists => "it is there already".to_owned(),
            _ => error.to_string(),
        };
        Failure::usage(format!("the key cannot be written to {shown}: {reason}"))
    };
    let digits = Zeroizing::new(base16ct::upper::encode_string(key.expose_secret()));
    let mut file = new_file(path).map_err(refuse)?;
    let written = writeln!(file, "{}", digits.as_str()).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // Half a key is no use to anyone.
        let _ = fs::remove_file(path);
        return Err(refuse(error));
    }
    let value = algorithm.and_then(|algorithm| check_value_of(key, algorithm));
    Ok(Written { path: shown, check_value: value.map(|value| value.to_string()), label })
}

fn new_file(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_goes_to_a_new_file_of_its_owner() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let key = SecretKey::copied_from(&[0xAB, 0x01]).unwrap();
        write("clear key in", &path, &key, None).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "AB01\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = write("clear key in", &path, &key, None).unwrap_err();
        assert_eq!(again.exit_code(), 2, "it is not written over");
    }

    #[test]
    fn components_go_to_a_file_each() {
        let directory = tempfile::tempdir().unwrap();
        let stem = directory.path().join("part.of");
        let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x3F)).unwrap();
        let written = KeyOut::of_components(stem, 2).write(&key, Some(KeyAlgorithm::Aes128));
        let written = written.unwrap();
        assert_eq!(written.len(), 2);
        assert!(written[1].path.ends_with("part.of.2"));
        let read = |path: &str| crate::key_text::read(&fs::read(path).unwrap()).unwrap();
        let parts = [read(&written[0].path), read(&written[1].path)];
        let whole = kcv::combine(KeyAlgorithm::Aes128, &parts).unwrap();
        assert_eq!(whole.expose_secret(), key.expose_secret());
    }
}
