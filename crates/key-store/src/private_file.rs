//! Files and directories that only their owner may read.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes a directory, and those above it, that only the owner may enter; one that is there stays
/// as it is.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes an empty file that only the owner may read, unless one is there.
pub(crate) fn create_if_missing(path: &Path) -> io::Result<()> {
    match create_new(path) {
        Ok(_) => sync_directory_of(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes an empty file that only the owner may read; one that is there is an error.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    create_new(path).and_then(|_| sync_directory_of(path))
}

/// Makes a file with this content, whole and durable or not at all; one that is there is an
/// error.
///
/// The content is written under the name `draft` in the same directory and gets its own name
/// when it is on the disk, so that a crash never leaves half a file under that name.
pub(crate) fn publish(path: &Path, draft: &str, content: &[u8]) -> io::Result<()> {
    let draft = path.with_file_name(draft);
    let mut file = create_new(&draft)?;
    let published = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        // Unlike a rename, a link does not replace a file that is there.
        .and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    published?;
    sync_directory_of(path)
}

/// Whether nobody but the owner has any right to the file.
pub(crate) fn is_private(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & 0o077 == 0
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Makes a name durable that was added to the directory.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}
