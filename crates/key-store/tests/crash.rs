//! A process that writes is killed at random times; what it acknowledged is there, and nothing
//! is there by half.

#![allow(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the helpers of tests may do what tests may"
)]

#[path = "store/postgres.rs"]
#[allow(dead_code, reason = "this test needs some of the helpers only")]
mod postgres;
#[path = "store/support.rs"]
#[allow(dead_code, reason = "this test needs some of the helpers only")]
mod support;

use std::env;
use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use export_api::ports::Write;
use key_store::SqliteStore;
use libtest_mimic::{Arguments, Failed, Trial};

use crate::support::*;

const CYCLES: usize = 20;
const WRITERS: usize = 16;
/// More than a writer writes in its life.
const EACH: usize = 10_000;

/// Set for the process that is to be killed: its data directory and its first number.
const DIRECTORY: &str = "KEY_STORE_CRASH_DIRECTORY";
const FIRST: &str = "KEY_STORE_CRASH_FIRST";

fn main() -> ExitCode {
    if let (Some(directory), Ok(first)) = (env::var_os(DIRECTORY), env::var(FIRST)) {
        write_until_killed(directory.into(), first.parse().unwrap());
        return ExitCode::SUCCESS;
    }
    let trial = Trial::test("what_was_acknowledged_survives_a_kill", survives_kills);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

/// Writes pairs of a key and its alias, and tells the number of each once it is acknowledged.
fn write_until_killed(directory: PathBuf, first: usize) {
    let root_key = directory.join(SqliteStore::ROOT_KEY_FILE);
    let randomness = Seeded::new(first as u64);
    let store = SqliteStore::open_with_key_file(&directory, &root_key, randomness).unwrap();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || {
                for number in (0..EACH).map(|number| first + writer * EACH + number) {
                    let alias = Write::PutAlias { alias: alias(number, Some(arn(number))) };
                    store.write(vec![create(number), alias]).unwrap();
                    // One call for the whole line, so that no line is told by half.
                    std::io::stdout().write_all(format!("{number}\n").as_bytes()).unwrap();
                }
            });
        }
    });
}

fn survives_kills() -> Result<(), Failed> {
    let place = Place::new();
    let randomness = Seeded::new(2026);
    let mut acknowledged = Vec::new();
    for cycle in 0..CYCLES {
        let first = cycle * WRITERS * EACH;
        let mut child = Command::new(env::current_exe()?)
            .env(DIRECTORY, place.data())
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let listener = thread::spawn(move || {
            let lines = BufReader::new(output).lines();
            lines.map_while(|line| line.ok()?.parse::<usize>().ok()).collect::<Vec<_>>()
        });
        thread::sleep(Duration::from_millis(5 + randomness.below(195) as u64));
        child.kill()?;
        child.wait()?;
        acknowledged.extend(listener.join().unwrap());

        let store = place.open();
        for &number in &acknowledged {
            let key = store.open_one(&arn(number))?.ok_or(format!("key {number} is lost"))?;
            assert!(is_material(&key.material, number));
        }
        let keys = store.list(&key_page(usize::MAX))?;
        let aliases = store.list_aliases(&alias_page(usize::MAX))?;
        let whole = keys.iter().zip(&aliases).all(|(key, alias)| alias.target() == Some(key.arn()));
        assert!(whole && keys.len() == aliases.len(), "half a batch after cycle {cycle}");
        assert!(keys.len() >= acknowledged.len());
    }
    println!("{} acknowledged batches survived {CYCLES} kills", acknowledged.len());
    assert!(acknowledged.len() > CYCLES, "{}", acknowledged.len());
    Ok(())
}
