//! How a clear key leaves the program: to a new file of its owner's, in hex, and nowhere else.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use key_types::SecretKey;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::page::Page;

/// The option that lets a clear key out.
#[derive(Args, Debug)]
pub(crate) struct KeyOut {
    /// Write the clear key, in hex, to a new file with mode 0600; without it no clear key leaves
    #[arg(long, value_name = "FILE")]
    key_out: Option<PathBuf>,
}

impl KeyOut {
    /// Writes the key if that was asked for, and says where it is.
    pub(crate) fn write(&self, key: &SecretKey) -> Result<Option<Written>, Failure> {
        self.key_out.as_deref().map(|path| write(path, key)).transpose()
    }
}

/// Where a clear key was written.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Written {
    path: String,
}

impl Written {
    pub(crate) fn show(&self, page: &mut Page) {
        page.row_in_words("clear key in", &self.path, "mode 0600");
    }
}

/// Writes a key in hex and a line end to a new file that its owner alone may read.
pub(crate) fn write(path: &Path, key: &SecretKey) -> Result<Written, Failure> {
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
    Ok(Written { path: shown })
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
        write(&path, &key).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "AB01\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(write(&path, &key).unwrap_err().exit_code(), 2, "it is not written over");
    }
}
