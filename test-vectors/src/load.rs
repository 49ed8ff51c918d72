//! Files from disk.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::de::DeserializeOwned;

use crate::{KnownGap, VectorFile};

/// A file that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file or directory cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// The content is not what the schema asks for.
    #[error("{} does not follow the schema: {reason}", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// What serde says, with line and column.
        reason: serde_json::Error,
    },
}

/// The directory of the vectors that come with this crate.
#[must_use]
pub fn data_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// The directory of the JSON schemas, one for each operation.
#[must_use]
pub fn schema_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schema")
}

/// All `.json` files in a directory and the directories below it, in the order of their names.
///
/// # Errors
///
/// [`LoadError::Read`] if a directory cannot be listed.
pub fn files_under(directory: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let refusal = |reason| LoadError::Read { path: directory.to_path_buf(), reason };
    let mut entries = fs::read_dir(directory)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(refusal)?
        .iter()
        .map(fs::DirEntry::path)
        .collect::<Vec<_>>();
    entries.sort();
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.append(&mut files_under(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(files)
}

/// Reads one file of vectors.
///
/// # Errors
///
/// [`LoadError::Read`] if there is no such file, [`LoadError::Schema`] if it has an unknown
/// member, lacks one, or has one of the wrong type.
pub fn load(path: &Path) -> Result<VectorFile, LoadError> {
    read_json(path)
}

/// Reads the list of known gaps that comes with this crate.
///
/// # Errors
///
/// As [`load`].
pub fn known_gaps() -> Result<Vec<KnownGap>, LoadError> {
    read_json(&Path::new(env!("CARGO_MANIFEST_DIR")).join("known-gaps.json"))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, LoadError> {
    let text = fs::read_to_string(path)
        .map_err(|reason| LoadError::Read { path: path.to_path_buf(), reason })?;
    serde_json::from_str(&text)
        .map_err(|reason| LoadError::Schema { path: path.to_path_buf(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_loads() {
        let files = files_under(&data_directory()).unwrap();
        assert!(!files.is_empty());
        for path in files {
            let file = load(&path).unwrap();
            assert!(path.ends_with(format!("{}.json", file.algorithm)), "{}", path.display());
        }
        known_gaps().unwrap();
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load(Path::new("no-such-file.json")).unwrap_err();
        assert!(error.to_string().starts_with("no-such-file.json cannot be read"));
    }

    #[test]
    fn unknown_members_are_refused() {
        let text = r#"{"algorithm": "a/b", "standard": "", "header": [], "notes": {},
                       "numberOfTests": 0, "testGroups": [], "surprise": 1}"#;
        let error = serde_json::from_str::<VectorFile>(text).unwrap_err();
        assert!(error.to_string().contains("surprise"));
    }
}
