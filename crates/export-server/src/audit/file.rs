//! The file that holds the trail.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::chain::{Head, Link};

/// The permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

/// Why the trail cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file system refused.
    #[error("the audit file {path} cannot be opened: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        cause: io::Error,
    },
    /// It is a directory or a device.
    #[error("{path} is not a regular file, so it cannot hold the audit trail")]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Others than the owner may read or write it.
    #[error("the audit file {path} is open to other users; chmod 600 it")]
    Permissions {
        /// The file.
        path: PathBuf,
    },
    /// Another process writes it.
    #[error("another server writes the audit file {path}; give this one its own data directory")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The last line is not one of this trail's.
    #[error(
        "the last line of {path} is not a line of an audit trail; see `export-server audit \
         verify`, then move the file away"
    )]
    LastLine {
        /// The file.
        path: PathBuf,
    },
}

/// Where lines are appended. A trait, so that tests can let it fail.
pub(super) trait Storage: Send + 'static {
    /// Appends and makes durable.
    fn append(&mut self, lines: &[u8]) -> io::Result<()>;

    /// After a failure: opens anew and cuts off whatever stands after the first `length` bytes.
    fn reopen(&mut self, length: u64) -> io::Result<()>;
}

/// The file on disk, locked against other servers.
#[derive(Debug)]
pub(super) struct AuditFile {
    path: PathBuf,
    /// `None` after reopening failed.
    file: Option<File>,
}

/// A file as it was found.
pub(super) struct Opened {
    pub(super) file: AuditFile,
    pub(super) head: Head,
    pub(super) length: u64,
    /// Bytes of an unterminated last line that were cut off: the process died while writing it,
    /// before anybody was told that it was written.
    pub(super) cut_off: u64,
}

impl AuditFile {
    /// Opens or makes the file and finds its last line.
    pub(super) fn open(path: &Path) -> Result<Opened, OpenError> {
        let io = |cause| OpenError::Io { path: path.to_owned(), cause };
        let mut file = open_locked(path)?;
        let length = file.metadata().map_err(io)?.len();
        let (kept, last_line) = last_line(&mut file, length).map_err(io)?;
        let head = match last_line {
            None => Head::EMPTY,
            Some(line) => Head::of_line(link(path, &line)?.sequence_number, &line),
        };
        file.set_len(kept).map_err(io)?;
        file.sync_all().map_err(io)?;
        sync_directory_of(path).map_err(io)?;
        let file = Self { path: path.to_owned(), file: Some(file) };
        Ok(Opened { file, head, length: kept, cut_off: length.saturating_sub(kept) })
    }
}

/// The commit of the store that the last line of a trail says was durable before it; `None` if it
/// says nothing of one, or if there is no trail.
///
/// A server may write the trail meanwhile.
///
/// # Errors
///
/// [`OpenError`] if the file cannot be read or does not end with a line of a trail.
pub fn last_store_commit(path: &Path) -> Result<Option<u64>, OpenError> {
    let io = |cause| OpenError::Io { path: path.to_owned(), cause };
    let length = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(metadata) if !metadata.is_file() => {
            return Err(OpenError::NotAFile { path: path.to_owned() });
        }
        metadata => metadata.map_err(io)?.len(),
    };
    let mut file = File::open(path).map_err(io)?;
    let (_, last_line) = last_line(&mut file, length).map_err(io)?;
    last_line.map_or(Ok(None), |line| Ok(link(path, &line)?.store_commit))
}

/// Appends one line to a trail that no server writes.
///
/// # Errors
///
/// [`OpenError`] if the file is not a trail, is in use or cannot be written.
pub(crate) fn append_line(
    path: &Path,
    record: &str,
    store_commit: Option<u64>,
) -> Result<(), OpenError> {
    let Opened { mut file, mut head, .. } = AuditFile::open(path)?;
    let mut line = String::new();
    head.append(&mut line, record, store_commit);
    file.append(line.as_bytes()).map_err(|cause| OpenError::Io { path: path.to_owned(), cause })
}

/// The members by which the last line is chained.
fn link(path: &Path, line: &[u8]) -> Result<Link, OpenError> {
    serde_json::from_slice(line).map_err(|_| OpenError::LastLine { path: path.to_owned() })
}

impl Storage for AuditFile {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        file.write_all(lines)?;
        file.sync_data()
    }

    fn reopen(&mut self, length: u64) -> io::Result<()> {
        // The old handle goes first, because it holds the lock.
        self.file = None;
        let file = open_locked(&self.path).map_err(io::Error::other)?;
        if file.metadata()?.len() < length {
            return Err(io::Error::other("the audit file lost lines"));
        }
        file.set_len(length)?;
        self.file = Some(file);
        Ok(())
    }
}

fn open_locked(path: &Path) -> Result<File, OpenError> {
    let io = |cause| OpenError::Io { path: path.to_owned(), cause };
    let mut options = OpenOptions::new();
    let file = options.read(true).append(true).create(true).mode(0o600).open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(OpenError::NotAFile { path: path.to_owned() });
    }
    if metadata.mode() & OTHERS != 0 {
        return Err(OpenError::Permissions { path: path.to_owned() });
    }
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(cause)) => Err(io(cause)),
    }
}

/// Makes the name of a new file durable.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(directory) => File::open(directory)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

/// The length of all terminated lines, and the last of them without its line feed.
fn last_line(file: &mut File, length: u64) -> io::Result<(u64, Option<Vec<u8>>)> {
    let mut span = 64 * 1024;
    loop {
        let start = length.saturating_sub(span);
        let mut tail = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.take(length - start).read_to_end(&mut tail)?;
        let line_feed = |bytes: &[u8]| bytes.iter().rposition(|&byte| byte == b'\n');
        let end = line_feed(&tail);
        let line = end.and_then(|end| tail.get(..end));
        let line_start = line.and_then(line_feed).map(|feed| feed.saturating_add(1));
        // Without the start of the line, look further back, unless the file begins here.
        if line_start.is_none() && start > 0 {
            span = span.saturating_mul(4);
            continue;
        }
        let Some(line) = line.and_then(|line| line.get(line_start.unwrap_or(0)..)) else {
            return Ok((0, None));
        };
        let after = end.map_or(0, |end| tail.len().saturating_sub(end).saturating_sub(1));
        let unterminated = u64::try_from(after).map_err(io::Error::other)?;
        return Ok((length.saturating_sub(unterminated), Some(line.to_vec())));
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn line(head: &mut Head, filler: usize) -> String {
        let mut text = String::new();
        head.append(&mut text, &format!(r#"{{"filler":"{}"}}"#, "x".repeat(filler)), Some(9));
        text
    }

    #[test]
    fn the_chain_goes_on_after_reopening() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        let mut head = Head::EMPTY;
        // Lines shorter and much longer than what is read at once from the end.
        for filler in [10, 70_000, 0, 300_000, 5] {
            let mut opened = AuditFile::open(&path).unwrap();
            assert_eq!((opened.head, opened.cut_off), (head, 0));
            opened.file.append(line(&mut head, filler).as_bytes()).unwrap();
        }
        assert_eq!(AuditFile::open(&path).unwrap().head, head);
        assert_eq!(last_store_commit(&path).unwrap(), Some(9));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_unfinished_last_line_is_cut_off() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        let mut head = Head::EMPTY;
        let whole = line(&mut head, 20);
        let torn = line(&mut head.clone(), 100_000);
        for cut in [0, 1, 40, torn.len() - 1] {
            let mut opened = AuditFile::open(&path).unwrap();
            opened.file.reopen(0).unwrap();
            opened.file.append(whole.as_bytes()).unwrap();
            opened.file.append(&torn.as_bytes()[..cut]).unwrap();
            drop(opened);
            let opened = AuditFile::open(&path).unwrap();
            assert_eq!(opened.head, head);
            assert_eq!(opened.cut_off, u64::try_from(cut).unwrap());
            assert_eq!(fs::read(&path).unwrap(), whole.as_bytes());
        }
        fs::write(&path, &torn[..50]).unwrap();
        assert_eq!(AuditFile::open(&path).unwrap().head, Head::EMPTY);
    }

    #[test]
    fn what_cannot_hold_a_trail_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        assert_eq!(last_store_commit(&path).unwrap(), None);
        let first = AuditFile::open(&path).unwrap();
        assert_eq!(last_store_commit(&path).unwrap(), None);
        assert!(matches!(AuditFile::open(&path), Err(OpenError::InUse { .. })));
        assert!(matches!(append_line(&path, "{}", None), Err(OpenError::InUse { .. })));
        drop(first);

        fs::write(&path, "something else\n").unwrap();
        assert!(matches!(AuditFile::open(&path), Err(OpenError::LastLine { .. })));
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(AuditFile::open(&path), Err(OpenError::Permissions { .. })));

        let device = directory.path().join("device");
        std::os::unix::fs::symlink("/dev/full", &device).unwrap();
        assert!(matches!(AuditFile::open(&device), Err(OpenError::NotAFile { .. })));
        assert!(matches!(AuditFile::open(directory.path()), Err(OpenError::Io { .. })));
    }

    #[test]
    fn a_file_that_lost_lines_is_not_continued() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        let mut opened = AuditFile::open(&path).unwrap();
        opened.file.append(line(&mut Head::EMPTY.clone(), 5).as_bytes()).unwrap();
        let length = fs::metadata(&path).unwrap().len();
        fs::remove_file(&path).unwrap();
        assert!(opened.file.reopen(length).is_err());
        assert!(opened.file.append(b"lost").is_err());
    }
}
