//! A process that rotates root keys and store keys is killed at random times; one of the root keys
//! opens the store, nothing is lost, and the rotation is taken on and ended.

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
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use export_api::ports::CommitError;
use key_store::{Error, Resealing, RootKeySource, SqliteStore, Store, StoreLocation};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::support::*;

const CYCLES: u64 = 12;
const KEYS: usize = 200;

/// Set for the process that is to be killed: its data directory, its seed, and the address of its
/// database, if it is not in the directory.
const DIRECTORY: &str = "KEY_STORE_CRASH_DIRECTORY";
const SEED: &str = "KEY_STORE_CRASH_SEED";
const STORE: &str = "KEY_STORE_CRASH_STORE";

fn main() -> ExitCode {
    if let (Some(directory), Ok(seed)) = (env::var_os(DIRECTORY), env::var(SEED)) {
        let location = env::var(STORE).unwrap_or_else(|_| "sqlite".to_owned()).parse().unwrap();
        rotate_until_killed(&location, &PathBuf::from(directory), seed.parse().unwrap());
    }
    let mut trials = vec![Trial::test("sqlite::a_rotation_survives_a_kill", || {
        survives_kills(&Kind::Sqlite.place())
    })];
    if postgres::is_there() {
        trials.push(Trial::test("postgres::a_rotation_survives_a_kill", || {
            survives_kills(&Kind::Postgres.place())
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn sources(directory: &Path) -> [RootKeySource; 2] {
    [SqliteStore::ROOT_KEY_FILE, "other.key"].map(|name| RootKeySource::File(directory.join(name)))
}

/// Opens the store with the one of two root keys that is its own, and says which it was.
fn open(location: &StoreLocation, directory: &Path, seed: u64) -> (usize, Store) {
    let mut found = Vec::new();
    for (number, source) in sources(directory).into_iter().enumerate() {
        match Store::open_from(location, directory, source, Seeded::new(seed)) {
            Ok(store) => found.push((number, store)),
            Err(Error::WrongRootKey | Error::RootKeyMissing { .. }) => (),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(found.len(), 1, "one root key opens the store, and one only");
    found.remove(0)
}

fn end_rotation(store: &Store) {
    loop {
        let mut walk = Resealing::default();
        while wait(store.reseal_next(&mut walk, 16)).unwrap() {}
        assert_eq!(walk.damaged(), 0);
        match wait(store.delete_old_store_keys()) {
            Ok(()) => return,
            // A database may take a moment to find that a process is gone that had records locked.
            Err(CommitError::Conflict) => (),
            Err(error) => panic!("{error}"),
        }
    }
}

fn rotate_until_killed(location: &StoreLocation, directory: &Path, seed: u64) {
    for round in 0.. {
        let seed = seed + (round << 32);
        let (number, store) = open(location, directory, seed);
        if wait(store.store_keys()).unwrap().len() == 1 {
            wait(store.add_store_key()).unwrap();
        }
        end_rotation(&store);
        let sources = sources(directory);
        let (old, new) = (&sources[number], &sources[1 - number]);
        Store::rotate_root_key(location, directory, old, new, Seeded::new(seed + 1)).unwrap();
    }
}

fn survives_kills(place: &Place) -> Result<(), Failed> {
    let store = place.open();
    (0..KEYS).for_each(|number| store.write(vec![create(number)]).unwrap());
    drop(store);
    let randomness = Seeded::new(2027);
    let (mut newest, mut interrupted, mut rotated) = (0, 0, 0);
    for cycle in 0..CYCLES {
        let mut command = Command::new(env::current_exe()?);
        command.env(DIRECTORY, place.data()).env(SEED, (cycle << 48).to_string());
        if let Some(url) = place.url() {
            command.env(STORE, url);
        }
        let mut child = command.spawn()?;
        thread::sleep(Duration::from_millis(20 + randomness.below(280) as u64));
        child.kill()?;
        assert!(!child.wait()?.success());

        let (number, store) = open(&place.location(), &place.data(), u64::MAX - cycle);
        for number in 0..KEYS {
            let key = store.open_one(&arn(number))?.ok_or(format!("key {number} is lost"))?;
            assert!(is_material(&key.material, number));
        }
        let keys = wait(store.store_keys())?;
        interrupted += usize::from(keys.len() == 2);
        rotated += usize::from(number == 1);
        end_rotation(&store);
        let [left] = wait(store.store_keys())?[..] else { panic!("a store key is left over") };
        assert!(left >= newest && keys.contains(&left));
        newest = left;
    }
    println!(
        "{newest} store keys in {CYCLES} lives, {interrupted} of them cut off, {rotated} under the other root key"
    );
    assert!(newest > 1);
    Ok(())
}
