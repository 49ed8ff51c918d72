//! What the program is given to begin with.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::traffic::canary;

/// A text that nobody else has.
pub(super) fn distinctive_text(name: &str) -> String {
    base16ct::lower::encode_string(&canary(name, 16))
}

/// A file that only its owner may read.
pub(super) fn private_file(directory: &Path, name: &str, content: &str) -> PathBuf {
    let file = directory.join(name);
    fs::write(&file, content).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}
