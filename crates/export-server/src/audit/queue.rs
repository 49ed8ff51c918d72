//! Changes that commands made, where they wait for whoever writes the trail.
//!
//! A trail has one writer, which holds its lock: a server, for as long as it runs. So a command puts
//! what it did into a file of its own, durably, before it says that it is done. Then it takes the lock
//! and writes what waits, or leaves it to the server that has the lock.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::change::Change;
use super::file::{AuditFile, OpenError, Opened, Storage, last_store_commit};

/// The longest file that is read.
const LONGEST: u64 = 64 * 1024;

/// The changes that wait beside a trail.
#[derive(Clone, Debug)]
pub struct Queue {
    directory: PathBuf,
}

impl Queue {
    /// The name of the queue in a data directory.
    pub const DIRECTORY: &'static str = "audit-queue";

    /// The queue of a data directory.
    #[must_use]
    pub fn of(data_directory: &Path) -> Self {
        Self { directory: data_directory.join(Self::DIRECTORY) }
    }

    /// Sees beforehand that a change could be put here.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn prepare(&self) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(&self.directory) {
            Ok(()) => sync(self.directory.parent().unwrap_or(Path::new("."))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => sync(&self.directory),
            Err(error) => Err(error),
        }
    }

    /// Puts a change here; it is durable when this returns.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn put(&self, change: &Change) -> io::Result<()> {
        let draft = self.directory.join(format!("{}.draft", change.id()));
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(&serde_json::to_vec(change)?)?;
        file.sync_all()?;
        // A name is there with all that it names, or not at all.
        fs::rename(&draft, self.directory.join(format!("{}.json", change.id())))?;
        sync(&self.directory)
    }

    /// What waits, the oldest first, and where. What is no change is put aside and told in the log.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn waiting(&self) -> io::Result<Vec<(PathBuf, Change)>> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_none_or(|it| it != "json") {
                continue;
            }
            let metadata = fs::metadata(&path)?;
            let change = match metadata.len() <= LONGEST {
                true => serde_json::from_slice::<Change>(&fs::read(&path)?).ok(),
                false => None,
            };
            let Some(change) = change else {
                tracing::error!(path = %path.display(), "it is no change for the audit trail");
                fs::rename(&path, path.with_extension("refused"))?;
                continue;
            };
            found.push((metadata.modified()?, path, change));
        }
        found.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        Ok(found.into_iter().map(|(_, path, change)| (path, change)).collect())
    }

    /// Writes what waits to a trail that no server has, and says whether that was so.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; what waits goes on waiting then.
    pub fn write_to(&self, trail: &Path) -> Result<bool, OpenError> {
        let io = |cause| OpenError::Io { path: trail.to_owned(), cause };
        let Opened { mut file, mut head, .. } = match AuditFile::open(trail) {
            Err(OpenError::InUse { .. }) => return Ok(false),
            opened => opened?,
        };
        let waiting = self.waiting().map_err(io)?;
        // What the trail knows of the store, its last line goes on saying.
        let store_commit = last_store_commit(trail)?;
        let mut lines = String::new();
        for (_, change) in &waiting {
            let record = change.record().map_err(|error| io(error.into()))?;
            head.append(&mut lines, &record, store_commit);
        }
        file.append(lines.as_bytes()).map_err(io)?;
        for (path, _) in &waiting {
            fs::remove_file(path).map_err(io)?;
        }
        Ok(true)
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use export_api::Timestamp;
    use serde_json::{Map, json};

    use super::super::change::{ChangeKind, Maker};
    use super::super::verify;
    use super::*;
    use crate::randomness::OsRandomness;

    fn change(name: &str) -> Change {
        let mut parameters = Map::new();
        parameters.insert("name".to_owned(), json!(name));
        let maker = Maker::OperatingSystemUser { user_id: 7 };
        let time = Timestamp::from_milliseconds(1_795_000_000_000);
        Change::new(ChangeKind::AddCredential, maker, parameters, time, &OsRandomness).unwrap()
    }

    #[test]
    fn what_waits_is_written_once_and_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let (queue, trail) = (Queue::of(directory.path()), directory.path().join("audit.jsonl"));
        assert!(queue.waiting().unwrap().is_empty());
        queue.prepare().unwrap();
        queue.prepare().unwrap();
        let changes = [change("first"), change("sec\nond\"")];
        for (change, second) in changes.iter().zip(1..) {
            queue.put(change).unwrap();
            let path = queue.directory.join(format!("{}.json", change.id()));
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
        }
        // While another has the trail, everything waits.
        let other = AuditFile::open(&trail).unwrap();
        assert!(!queue.write_to(&trail).unwrap());
        let waiting: Vec<Change> = queue.waiting().unwrap().into_iter().map(|it| it.1).collect();
        assert_eq!(waiting, changes);
        drop(other);
        assert!(queue.write_to(&trail).unwrap());
        assert!(queue.write_to(&trail).unwrap());
        let lines = fs::read_to_string(&trail).unwrap();
        assert_eq!(verify(lines.as_bytes(), None).unwrap().sequence_number, 2);
        assert!(
            lines.contains(r#""eventName":"AddCredential","requestParameters":{"name":"first"}"#)
        );
    }

    #[test]
    fn what_is_no_change_is_put_aside() {
        let directory = tempfile::tempdir().unwrap();
        let queue = Queue::of(directory.path());
        queue.prepare().unwrap();
        let good = serde_json::to_value(change("x")).unwrap();
        let mut more = good.clone();
        more["sequenceNumber"] = json!(1);
        let long = "x".repeat(70_000);
        for (number, text) in ["", "{}", &more.to_string(), &long].iter().enumerate() {
            fs::write(queue.directory.join(format!("{number}.json")), text).unwrap();
        }
        fs::write(queue.directory.join("half.draft"), "{").unwrap();
        fs::write(queue.directory.join("good.json"), good.to_string()).unwrap();
        assert_eq!(queue.waiting().unwrap().len(), 1);
        assert_eq!(queue.waiting().unwrap().len(), 1);
        assert!(queue.directory.join("2.refused").exists());
    }
}
