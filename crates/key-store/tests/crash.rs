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
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use export_api::ports::Write;
use key_store::{SqliteStore, Store};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::support::*;

/// How often a process is killed; each kind of store by itself.
const CYCLES: usize = 20;
const WRITERS: usize = 16;
/// More than a writer writes in its life.
const EACH: usize = 10_000;

/// Set for the process that is to be killed: its data directory, its first number, and the address
/// of its database, if it is not in the directory.
const DIRECTORY: &str = "KEY_STORE_CRASH_DIRECTORY";
const FIRST: &str = "KEY_STORE_CRASH_FIRST";
const STORE: &str = "KEY_STORE_CRASH_STORE";

/// A shell command that ends the database server without letting it write anything more, and starts
/// it again.
const RESTART: &str = "EXPORT_SERVER_TEST_POSTGRES_RESTART";

fn main() -> ExitCode {
    if let (Some(directory), Ok(first)) = (env::var_os(DIRECTORY), env::var(FIRST)) {
        write_until_killed(directory.into(), first.parse().unwrap());
        return ExitCode::SUCCESS;
    }
    let mut trials = vec![Trial::test("sqlite::what_was_acknowledged_survives_a_kill", || {
        survives_kills(&Kind::Sqlite.place())
    })];
    if postgres::is_there() {
        trials.push(Trial::test("postgres::what_was_acknowledged_survives_a_kill", || {
            survives_kills(&Kind::Postgres.place())
        }));
        trials.push(Trial::test("postgres::one_is_killed_and_the_other_goes_on", || {
            others_go_on(&Kind::Postgres.place())
        }));
        if let Ok(restart) = env::var(RESTART) {
            trials.push(Trial::test("postgres::the_database_is_killed_and_loses_nothing", || {
                database_is_killed(&Kind::Postgres.place(), restart)
            }));
        }
    }
    let mut arguments = Arguments::from_args();
    // One after the other, because one of them kills what the others work with.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Writes pairs of a key and its alias, and tells the number of each once it is acknowledged.
fn write_until_killed(directory: PathBuf, first: usize) {
    let root_key = directory.join(SqliteStore::ROOT_KEY_FILE);
    let randomness = Seeded::new(first as u64);
    let location = env::var(STORE).unwrap_or_else(|_| "sqlite".to_owned()).parse().unwrap();
    let store = Store::open_with_key_file(&location, &directory, &root_key, randomness).unwrap();
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

/// A process that writes, and what it acknowledges.
struct Writing {
    child: Child,
    listener: JoinHandle<Vec<usize>>,
    /// How many batches it has acknowledged so far.
    count: Arc<AtomicUsize>,
}

impl Writing {
    fn start(place: &Place, first: usize) -> std::io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.env(DIRECTORY, place.data()).env(FIRST, first.to_string());
        if let Some(url) = place.url() {
            command.env(STORE, url);
        }
        // What it says when its database is gone is no news.
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let output = child.stdout.take().unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let listener = thread::spawn(move || {
            let numbers = BufReader::new(output).lines().map_while(|line| line.ok()?.parse().ok());
            numbers.inspect(|_| _ = counted.fetch_add(1, Ordering::Relaxed)).collect()
        });
        Ok(Self { child, listener, count })
    }

    /// Kills it; what it had acknowledged.
    fn kill(mut self) -> std::io::Result<Vec<usize>> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.listener.join().unwrap())
    }

    /// Waits until it has acknowledged some more.
    fn expect_more(&self) {
        let before = self.count.load(Ordering::Relaxed);
        for _ in 0..1000 {
            if self.count.load(Ordering::Relaxed) > before + WRITERS {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not go on after {before} batches");
    }
}

/// Everything acknowledged is there, and nothing by half.
fn check(store: &Store, acknowledged: &[usize]) -> Result<(), Failed> {
    for &number in acknowledged {
        let key = store.open_one(&arn(number))?.ok_or(format!("key {number} is lost"))?;
        assert!(is_material(&key.material, number));
    }
    let keys = store.list(&key_page(usize::MAX))?;
    let aliases = store.list_aliases(&alias_page(usize::MAX))?;
    let whole = keys.iter().zip(&aliases).all(|(key, alias)| alias.target() == Some(key.arn()));
    assert!(whole && keys.len() == aliases.len(), "half a batch");
    assert!(keys.len() >= acknowledged.len());
    Ok(())
}

fn survives_kills(place: &Place) -> Result<(), Failed> {
    let randomness = Seeded::new(2026);
    let mut acknowledged = Vec::new();
    for cycle in 0..CYCLES {
        let writing = Writing::start(place, cycle * WRITERS * EACH)?;
        // Half of them are killed while they write, the others maybe before they begin.
        if !cycle.is_multiple_of(2) {
            writing.expect_more();
        }
        thread::sleep(Duration::from_millis(5 + randomness.below(195) as u64));
        acknowledged.extend(writing.kill()?);
        check(&place.open(), &acknowledged)?;
    }
    println!("{} acknowledged batches survived {CYCLES} kills", acknowledged.len());
    assert!(acknowledged.len() > CYCLES, "{}", acknowledged.len());
    Ok(())
}

fn others_go_on(place: &Place) -> Result<(), Failed> {
    // Makes the store, whose root key both need.
    drop(place.open());
    let stays = Writing::start(place, 0)?;
    let mut acknowledged = Vec::new();
    for cycle in 1..=CYCLES / 2 {
        let killed = Writing::start(place, cycle * WRITERS * EACH)?;
        killed.expect_more();
        acknowledged.extend(killed.kill()?);
        stays.expect_more();
    }
    acknowledged.extend(stays.kill()?);
    check(&place.open(), &acknowledged)
}

fn database_is_killed(place: &Place, restart: String) -> Result<(), Failed> {
    let mut acknowledged = Vec::new();
    // Made before, so that it finds new connections each time.
    let store = place.open();
    for cycle in 0..CYCLES / 4 {
        let writing = Writing::start(place, cycle * WRITERS * EACH)?;
        writing.expect_more();
        let status = Command::new("sh").args(["-c", &restart]).stdout(Stdio::null()).status()?;
        assert!(status.success(), "the database does not start");
        acknowledged.extend(writing.kill()?);
        check(&store, &acknowledged)?;
        check(&place.open(), &acknowledged)?;
    }
    println!("{} acknowledged batches survived the database", acknowledged.len());
    Ok(())
}
