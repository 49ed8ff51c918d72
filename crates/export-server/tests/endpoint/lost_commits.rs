//! A store that lost what was acknowledged is not served as if nothing had happened.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::program::{CREATE_KEY, Running, program, refused, serve};

fn start(data: &Path) -> Running {
    let mut command = serve(data);
    command.arg("--no-auth");
    Running::start(command)
}

fn run(data: &Path, arguments: &[&str]) -> (bool, String) {
    let output = program().args(arguments).arg("--data-dir").arg(data).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// A data directory whose server was killed after three keys.
fn killed(directory: &TempDir) -> std::path::PathBuf {
    let data = directory.path().join("data");
    let server = start(&data);
    for _ in 0..3 {
        assert!(server.call("CreateKey", CREATE_KEY).contains("KeyArn"));
    }
    drop(server);
    data
}

#[test]
fn a_damaged_end_of_the_log_is_told_and_its_loss_must_be_accepted() {
    let directory = TempDir::new().unwrap();
    let data = killed(&directory);
    let log = data.join("keys.sqlite3-wal");
    let mut damaged = fs::read(&log).unwrap();
    let end = damaged.len() - 100;
    damaged[end] ^= 1;
    fs::write(&log, &damaged).unwrap();

    let lost = "has lost changes that were acknowledged: it ends with commit 2, and a line of the \
                audit trail was written after commit 3";
    let backup = directory.path().join("backup");
    let mut command = serve(&data);
    command.arg("--no-auth");
    let said = refused(command);
    assert!(said.contains(lost) && said.contains("store accept-loss"), "{said}");
    for arguments in [
        &["doctor"][..],
        &["credential", "list"],
        &["store-key", "rotate"],
        &["backup", "--to", backup.to_str().unwrap()],
    ] {
        let (done, said) = run(&data, arguments);
        assert!(!done && said.contains(lost), "{arguments:?}: {said}");
    }
    assert_eq!(fs::read(&log).unwrap(), damaged, "what is left is left as it is");

    let (done, said) = run(&data, &["store", "accept-loss"]);
    assert!(done && said.contains("goes on after commit 2"), "{said}");
    let (done, said) = run(&data, &["store", "accept-loss"]);
    assert!(!done && said.contains("nothing is lost"), "{said}");
    for arguments in [&["audit", "verify"][..], &["doctor"]] {
        let (done, said) = run(&data, arguments);
        assert!(done, "{arguments:?}: {said}");
    }
    let trail = fs::read_to_string(data.join("audit.jsonl")).unwrap();
    let line = trail.lines().last().unwrap();
    assert!(line.contains(r#""eventName":"AcceptLoss""#), "{line}");
    assert!(line.contains(r#"{"heldCommit":2,"recordedCommit":3}"#), "{line}");
    let server = start(&data);
    assert_eq!(server.call("ListKeys", "{}").matches("\"KeyArn\"").count(), 2);
    assert!(server.call("CreateKey", CREATE_KEY).contains("KeyArn"));
    server.stop(Signal::TERM);
    assert!(run(&data, &["doctor"]).0);
}

#[test]
fn a_store_that_is_gone_is_not_made_anew_beside_its_audit_trail() {
    let directory = TempDir::new().unwrap();
    let data = killed(&directory);
    for file in ["keys.sqlite3", "keys.sqlite3-wal", "keys.sqlite3-shm"] {
        fs::remove_file(data.join(file)).unwrap();
    }
    let mut command = serve(&data);
    command.arg("--no-auth");
    let said = refused(command);
    assert!(said.contains("it ends with commit 0, and a line"), "{said}");
    assert!(!data.join("keys.sqlite3").exists());
}
