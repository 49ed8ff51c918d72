//! Backups of a shared store while two servers write, what comes of them, and what `doctor` says.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::process::Signal;

use super::{Shared, create, has};
use crate::program::{Running, program, serve};

fn run(words: &[&str], data: &Path, more: &[&str]) -> (bool, String) {
    let mut command = program();
    let Output { status, stdout, stderr } =
        command.args(words).arg("--data-dir").arg(data).args(more).output().unwrap();
    (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

fn done(words: &[&str], data: &Path, more: &[&str]) -> String {
    let (is_done, said) = run(words, data, more);
    assert!(is_done, "{said}");
    said
}

fn refused(words: &[&str], data: &Path, more: &[&str]) -> String {
    let (is_done, said) = run(words, data, more);
    assert!(!is_done, "{said}");
    said
}

#[test]
fn a_backup_while_two_servers_write_becomes_a_store_of_either_kind() {
    let (Some(shared), Some(other)) = (Shared::new(), Shared::new()) else { return };
    let servers = [1, 2].map(|number| shared.start(number));
    let made: Vec<_> = (0..10).map(|number| create(&servers[number % 2])).collect();
    let (backup, again) = (shared.data(7), shared.data(8));
    let [to, from_file] = [&backup, &again].map(|path| path.to_str().unwrap());
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        for server in &servers {
            let is_done = &is_done;
            scope.spawn(move || {
                let mut left = 200;
                while left > 0 && !is_done.load(Ordering::Relaxed) {
                    create(server);
                    left -= 1;
                }
            });
        }
        let said = done(&["backup"], &shared.data(1), &["--store", &shared.url(), "--to", to]);
        is_done.store(true, Ordering::Relaxed);
        assert!(
            said.contains("the store, and ") && said.contains("root key is not in it"),
            "{said}"
        );
    });
    let doctor = done(&["doctor"], &shared.data(1), &["--store", &shared.url()]);
    for line in [
        "ok    connection: PostgreSQL ",
        "ok    durability: synchronous_commit = on, fsync = on, full_page_writes = on",
        "ok    clock of the database: within ",
        " keys, 0 aliases, 0 access keys, and each of them opens",
    ] {
        assert!(doctor.contains(line), "{doctor}");
    }
    for server in servers {
        server.stop(Signal::TERM);
    }

    // Into a file, and from there into another database.
    let root_key = shared.data(1).join("root.key");
    let root_key = root_key.to_str().unwrap();
    let file = shared.data(3);
    done(&["restore"], &file, &["--from", to, "--root-key", root_key]);
    let mut command = serve(&file);
    command.arg("--no-auth");
    let server = Running::start(command);
    assert!(made.iter().all(|arn| has(&server, arn)));
    let late = create(&server);
    done(&["backup"], &file, &["--to", from_file]);
    server.stop(Signal::TERM);
    let restore = ["--from", from_file, "--root-key", root_key, "--store", &other.url()];
    let said = done(&["restore"], &other.data(1), &restore);
    assert!(said.contains(" keys, 0 aliases"), "{said}");
    assert!(!other.data(1).join("keys.sqlite3").exists());
    let server = other.start(1);
    assert!(made.iter().chain([&late]).all(|arn| has(&server, arn)));
    create(&server);
    server.stop(Signal::TERM);
    done(&["doctor"], &other.data(1), &["--store", &other.url()]);

    // Neither over a store that is there, nor with another root key.
    let said = refused(&["restore"], &other.data(2), &restore);
    assert!(said.contains("there is a store here already") && !other.data(2).exists(), "{said}");
    let wrong = shared.data(4);
    fs::write(&wrong, [7; 32]).unwrap();
    let with_wrong = ["--from", to, "--root-key", wrong.to_str().unwrap()];
    refused(&["restore"], &other.data(2), &[&with_wrong[..], &["--store", &other.url()]].concat());
    assert!(!other.data(2).exists());
}

#[test]
fn the_doctor_names_what_is_wrong_with_the_database() {
    let Some(shared) = Shared::new() else { return };
    let data = shared.data(1);
    let doctor = |url: &str| run(&["doctor"], &data, &["--store", url]);
    let server = shared.start(1);
    create(&server);
    server.stop(Signal::TERM);
    assert!(doctor(&shared.url()).0);

    let wrong = |url: &str, finding: &str| {
        let (is_well, said) = doctor(url);
        assert!(!is_well && said.contains(finding), "{said}");
    };
    let careless = format!("{}%20-csynchronous_commit%3Doff", shared.url());
    wrong(&careless, "FAIL  connection: the server has synchronous_commit = off; a store needs on");
    wrong("postgres://till@localhost:1/keys", "FAIL  connection: the database of the store");
    let empty = Shared::new().unwrap();
    wrong(&empty.url(), "FAIL  root key, schema, records: there is no store here");
    fs::write(data.join("root.key"), [7; 32]).unwrap();
    wrong(&shared.url(), "FAIL  root key, schema, records: the root key is not the one");
}
