//! A root key in a file of its own, which only the owner may read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use export_api::ports::Randomness;
use key_types::SecretKey;

use super::{RootKey, RootKeyError};
use crate::private_file;

impl RootKey {
    /// Reads a root key from a file: 32 bytes, nothing else, and no rights for group and others.
    ///
    /// # Errors
    ///
    /// [`RootKeyError::NotPrivate`] if others than the owner may read or write the file,
    /// [`RootKeyError::Length`] if it does not have 32 bytes, and [`RootKeyError::File`] if it
    /// cannot be read or is no file.
    pub fn from_file(path: &Path) -> Result<Self, RootKeyError> {
        let refused = |source| RootKeyError::File { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(refused)?;
        let metadata = file.metadata().map_err(refused)?;
        if !metadata.is_file() {
            return Err(refused(io::ErrorKind::InvalidInput.into()));
        }
        if !private_file::is_private(&metadata) {
            return Err(RootKeyError::NotPrivate { path: path.to_owned() });
        }
        if usize::try_from(metadata.len()) != Ok(Self::LENGTH) {
            return Err(RootKeyError::Length { found: metadata.len() });
        }
        let key = SecretKey::try_filled_by(Self::LENGTH, |bytes| {
            file.read_exact(bytes).map_err(refused)
        })?;
        Self::new(key)
    }

    /// Makes a root key and writes it to a new file of mode 0600; it is durable when this
    /// returns.
    ///
    /// # Errors
    ///
    /// [`RootKeyError::File`] if there is such a file already or it cannot be made, and
    /// [`RootKeyError::Randomness`] if there is no randomness to make the key of.
    pub fn create_file(path: &Path, randomness: &impl Randomness) -> Result<Self, RootKeyError> {
        let key = SecretKey::try_filled_by::<RootKeyError>(Self::LENGTH, |bytes| {
            Ok(randomness.fill(bytes)?)
        })?;
        let mut suffix = [0; 8];
        randomness.fill(&mut suffix)?;
        let draft = format!("root.key.{:016x}", u64::from_le_bytes(suffix));
        private_file::publish(path, &draft, key.expose_secret())
            .map_err(|source| RootKeyError::File { path: path.to_owned(), source })?;
        Self::new(key)
    }

    /// Reads the root key of a file, or makes one if the file is not there.
    pub(crate) fn from_file_or_new(
        path: &Path,
        randomness: &impl Randomness,
    ) -> Result<Self, RootKeyError> {
        match Self::from_file(path) {
            Err(error) if error.is_missing_file() => match Self::create_file(path, randomness) {
                // Another process that starts at the same time was faster; its key counts.
                Err(error) if error.is_existing_file() => Self::from_file(path),
                made => made,
            },
            read => read,
        }
    }
}

impl RootKeyError {
    pub(crate) fn is_missing_file(&self) -> bool {
        matches!(self, Self::File { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    fn is_existing_file(&self) -> bool {
        matches!(self, Self::File { source, .. } if source.kind() == io::ErrorKind::AlreadyExists)
    }
}
