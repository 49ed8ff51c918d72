//! Backups of a server that serves, what comes of them, and what `doctor` says.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::program::{CREATE_KEY, Running, program, serve};

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A server that answers whoever asks.
    fn start(&self, data: &str) -> Running {
        let mut command = serve(&self.path(data));
        command.arg("--no-auth");
        Running::start(command)
    }

    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = program();
        let Output { status, stdout, stderr } =
            command.args(arguments).current_dir(self.0.path()).output().unwrap();
        (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
    }

    fn back_up(&self, to: &str) -> (bool, String) {
        self.run(&["backup", "--data-dir", "data", "--to", to])
    }

    fn restore(&self, from: &str, to: &str, root_key: &str) -> (bool, String) {
        self.run(&["restore", "--from", from, "--data-dir", to, "--root-key", root_key])
    }

    fn doctor(&self, data: &str) -> (bool, String) {
        self.run(&["doctor", "--data-dir", data])
    }
}

fn keys(server: &Running) -> usize {
    server.call("ListKeys", r#"{"MaxResults": 100}"#).matches("\"KeyArn\"").count()
}

#[test]
fn what_was_acknowledged_before_a_backup_is_in_it() {
    let place = Place::new();
    let server = place.start("data");
    let (made, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) && made.load(Ordering::SeqCst) < 90 {
                assert!(server.call("CreateKey", CREATE_KEY).contains("KeyArn"));
                made.fetch_add(1, Ordering::SeqCst);
            }
        });
        for backup in ["first", "second", "third"] {
            let before = made.load(Ordering::SeqCst);
            let (done, said) = place.back_up(backup);
            assert!(done && said.contains("The root key is not in it"), "{said}");
            let data = format!("restored-{backup}");
            let (done, said) = place.restore(backup, &data, "data/root.key");
            assert!(done && said.contains(" keys, 0 aliases, 0 access keys"), "{said}");
            let restored = place.start(&data);
            assert!(keys(&restored) >= before);
            restored.stop(Signal::TERM);
            let (is_well, said) = place.doctor(&data);
            assert!(is_well, "{said}");
        }
        stop.store(true, Ordering::SeqCst);
    });
    assert_eq!(keys(&server), made.load(Ordering::SeqCst));
    server.stop(Signal::TERM);
    for file in ["first", "first/keys.sqlite3", "first/audit.jsonl", "first/backup.json"] {
        let mode = fs::metadata(place.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
}

#[test]
fn a_backup_that_does_not_hold_makes_no_data_directory() {
    let place = Place::new();
    let server = place.start("data");
    server.call("CreateKey", CREATE_KEY);
    server.stop(Signal::TERM);
    assert!(place.back_up("backup").0);
    let (done, said) = place.back_up("backup");
    assert!(!done && said.contains("backup is there already"), "{said}");
    let (done, said) = place.restore("backup", "data", "data/root.key");
    assert!(!done && said.contains("data is there already"), "{said}");

    fs::write(place.path("other.key"), [7; 32]).unwrap();
    let refused = |from: &str, key: &str, because: &str| {
        let (done, said) = place.restore(from, "restored", key);
        assert!(!done && said.contains(because), "{said}");
        assert!(!place.path("restored").exists());
    };
    refused("data", "data/root.key", "is no backup");
    refused("backup", "other.key", "root key");
    for (name, because) in [
        ("keys.sqlite3", "keys.sqlite3 is not as it was backed up"),
        ("audit.jsonl", "audit.jsonl is not as it was backed up"),
        ("backup.json", "backup.json is damaged"),
    ] {
        let file = place.path("backup").join(name);
        let good = fs::read(&file).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        bad.truncate(bad.len() - usize::from(name == "backup.json"));
        fs::write(&file, bad).unwrap();
        refused("backup", "data/root.key", because);
        fs::write(&file, good).unwrap();
    }
    assert!(place.restore("backup", "restored", "data/root.key").0);
}

#[test]
fn the_doctor_names_what_is_wrong_and_changes_nothing() {
    let place = Place::new();
    let (is_well, said) = place.doctor("data");
    assert!(!is_well && said.contains("FAIL  permissions: cannot look at data"), "{said}");
    assert!(!place.path("data").exists());

    let server = place.start("data");
    server.call("CreateKey", CREATE_KEY);
    let (is_well, said) = place.doctor("data");
    assert!(is_well && said.contains("1 keys, 0 aliases, 0 access keys"), "{said}");
    server.stop(Signal::TERM);

    let wrong = |finding: &str| {
        let (is_well, said) = place.doctor("data");
        assert!(!is_well && said.contains(finding), "{said}");
    };
    let path = |name: &str| place.path("data").join(name);
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    mode(&path("audit.jsonl"), 0o640);
    wrong("audit.jsonl is open to other users; run: chmod go-rwx");
    mode(&path("audit.jsonl"), 0o600);

    let trail = fs::read_to_string(path("audit.jsonl")).unwrap();
    fs::write(path("audit.jsonl"), trail.replace("\"20", "\"90")).unwrap();
    wrong("FAIL  clock: it says");
    fs::write(path("audit.jsonl"), trail.replace("CreateKey", "CreateCow") + "x\n").unwrap();
    wrong("FAIL  audit trail: line 2");
    fs::write(path("audit.jsonl"), trail).unwrap();

    fs::rename(path("root.key"), place.path("away.key")).unwrap();
    wrong("its root key data/root.key is missing");
    fs::rename(place.path("away.key"), path("root.key")).unwrap();
    let database = rusqlite::Connection::open(path("keys.sqlite3")).unwrap();
    database.execute("UPDATE keys SET record = replace(record, 'AES_256', 'AES_128')", []).unwrap();
    drop(database);
    wrong("FAIL  root key, schema, records: a record does not open");
}
