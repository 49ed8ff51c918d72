//! Single bits of the database file and of its log turned over: every read is right or an error, and
//! a log that lost its end is told by the number of the last commit.

use std::fs;
use std::thread;

use export_api::ports::{Alias, AliasPage, KeyPage, KeyReference, KeyStore, StoredKey, Write};
use export_api::{Key, KeyState, Timestamp};
use key_store::{Credential, Store};

use crate::support::*;

const KEYS: usize = 9;
const ALIASES: usize = 4;
/// Half of them in each file; `KEY_STORE_FLIPS` asks for more.
const FLIPS: usize = 10_000;

/// A store of some pages.
fn write_sample(store: &Store) {
    store.write((0..KEYS).map(create).collect()).unwrap();
    let aliases = (0..ALIASES).map(|n| alias(n, (n % 3 > 0).then(|| arn(n))));
    store.write(aliases.map(|alias| Write::PutAlias { alias }).collect()).unwrap();
    for number in 0..3 {
        let created = Timestamp::from_milliseconds(1);
        let id = format!("AKIA{number}");
        let credential = Credential::new(id, material(number), "till".to_owned(), created);
        wait(store.add_credential(credential)).unwrap();
    }
}

/// Commits that leave nothing as it was: later states of the same records.
fn change_sample(store: &Store) {
    for number in 0..KEYS {
        let current = store.get(&arn(number)).unwrap().unwrap();
        let key = if number % 4 == 0 { pending(&current, 1000) } else { tagged(&current, "new") };
        store.write(vec![Write::UpdateKey { key }]).unwrap();
    }
    for number in 0..ALIASES {
        let alias = store.get_alias(&name(number)).unwrap().unwrap();
        let alias = retarget(&alias, Some(arn(KEYS - 1 - number)));
        store.write(vec![Write::PutAlias { alias }]).unwrap();
    }
}

/// What is flipped.
struct Sample {
    database: Vec<u8>,
    log: Vec<u8>,
    place: Place,
    commits: u64,
    answers: Answers,
}

impl Sample {
    /// All of it in the database, or its later states in the log.
    fn new(is_in_log: bool) -> Self {
        let place = Place::new();
        write_sample(&place.open());
        let store = place.open();
        change_sample(&store);
        let commits = store.commits().unwrap().last();
        let answers = Answers::of(&store);
        // Whoever closes it empties the log.
        let store = Some(store).filter(|_| is_in_log);
        let sample = Self {
            database: read(&place.database()),
            log: read(&place.log()),
            place: Place::copy_of(&place),
            commits,
            answers,
        };
        assert_eq!(sample.log.is_empty(), store.is_none());
        sample
    }

    /// The sample with one bit turned over: in the log, if there is one.
    fn flip(&self, into: &Place, at: usize, bit: usize) {
        let mut files = [self.database.clone(), self.log.clone()];
        let flipped = usize::from(!self.log.is_empty());
        files[flipped][at] ^= 1 << bit;
        for entry in fs::read_dir(into.data()).unwrap() {
            let path = entry.unwrap().path();
            if path != into.root_key() {
                fs::remove_file(path).unwrap();
            }
        }
        let [database, log] = files;
        fs::write(into.database(), database).unwrap();
        if !log.is_empty() {
            fs::write(into.log(), log).unwrap();
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    refused_opening: usize,
    /// Stores whose number is behind the one that was noted.
    lost_commits: usize,
    right: usize,
    errors: usize,
    filtered_lists_that_lack_records: usize,
}

impl Tally {
    /// Counts an answer, which is the right one or an error.
    fn expect<T, E>(&mut self, answer: Result<T, E>, is_right: impl FnOnce(T) -> bool, what: &str) {
        match answer {
            Ok(answer) => {
                assert!(is_right(answer), "a wrong answer: {what}");
                self.right += 1;
            }
            Err(_) => self.errors += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.refused_opening += other.refused_opening;
        self.lost_commits += other.lost_commits;
        self.right += other.right;
        self.errors += other.errors;
        self.filtered_lists_that_lack_records += other.filtered_lists_that_lack_records;
    }
}

/// What the sound store answers.
struct Answers {
    keys: Vec<Option<Key>>,
    aliases: Vec<Option<Alias>>,
    pages: Vec<(KeyPage, Vec<Key>)>,
    alias_pages: Vec<(AliasPage, Vec<Alias>)>,
    pending: Vec<Key>,
}

impl Answers {
    fn of(store: &Store) -> Self {
        let pages = [(5, Some(arn(3))), (100, None)].map(|(limit, after)| {
            let mut page = key_page(limit);
            page.after = after;
            let keys = store.list(&page).unwrap();
            (page, keys)
        });
        let page = alias_page(100);
        let aliases = store.list_aliases(&page).unwrap();
        // One more than there are, so that what is not there is asked for too.
        Self {
            keys: (0..=KEYS).map(|number| store.get(&arn(number)).unwrap()).collect(),
            aliases: (0..=ALIASES).map(|number| store.get_alias(&name(number)).unwrap()).collect(),
            pages: pages.into(),
            alias_pages: vec![(page, aliases)],
            pending: store.list(&pending_page()).unwrap(),
        }
    }

    /// Reads everything from another store and compares.
    fn compare(&self, store: &Store, tally: &mut Tally, at: &str) {
        for (number, expected) in self.keys.iter().enumerate() {
            let right = |found: Option<StoredKey>| match found {
                Some(found) => {
                    Some(&found.key) == expected.as_ref() && is_material(&found.material, number)
                }
                None => expected.is_none(),
            };
            tally.expect(store.open_one(&arn(number)), right, at);
        }
        for (number, expected) in self.aliases.iter().enumerate() {
            tally.expect(store.get_alias(&name(number)), |found| found == *expected, at);
            let target = wait(store.key(&KeyReference::Alias(name(number))));
            let target = target.map(|key| key.map(|key| key.arn().clone()));
            let expected = expected.as_ref().and_then(|alias| alias.target().cloned());
            tally.expect(target, |found| found == expected, at);
        }
        for (page, expected) in &self.pages {
            tally.expect(store.list(page), |found| found == *expected, at);
        }
        for (page, expected) in &self.alias_pages {
            tally.expect(store.list_aliases(page), |found| found == *expected, at);
        }
        let right = |found: Vec<Credential>| {
            found.len() == 3 && (0..3).all(|number| is_material(&found[number].secret, number))
        };
        tally.expect(wait(store.credentials()), right, at);

        // Lists with a filter may lack records, but hold nothing wrong.
        let now = Timestamp::from_milliseconds(5000);
        for answer in [store.list(&pending_page()), wait(store.keys_due(now, 100))] {
            let Ok(found) = answer else { continue };
            assert!(found.iter().all(|key| self.pending.contains(key)), "{at}");
            tally.filtered_lists_that_lack_records += usize::from(found.len() < self.pending.len());
        }
    }
}

fn pending_page() -> KeyPage {
    let mut page = key_page(100);
    page.state = Some(KeyState::DeletePending);
    page
}

/// An older state: each key has its own secret or is an error, and none is younger than it was.
fn is_older(store: &Store, answers: &Answers, at: &str) {
    for (number, latest) in answers.keys.iter().enumerate() {
        let Ok(Some(found)) = store.open_one(&arn(number)) else { continue };
        assert!(is_material(&found.material, number), "a wrong key: {at}");
        let latest = latest.as_ref().map(Key::version);
        assert!(Some(found.key.version()) <= latest, "{at}");
    }
}

/// Each `step`th of the flips, from one on.
fn flip_some(sample: &Sample, flips: &[(usize, usize)], first: usize, step: usize) -> Tally {
    let place = Place::copy_of(&sample.place);
    let mut tally = Tally::default();
    for &(at, bit) in flips.iter().skip(first).step_by(step) {
        sample.flip(&place, at, bit);
        let at = format!("byte {at}, bit {bit}");
        match place.try_open() {
            Ok(store) if store.commits().unwrap().last() < sample.commits => {
                is_older(&store, &sample.answers, &at);
                tally.lost_commits += 1;
            }
            Ok(store) => sample.answers.compare(&store, &mut tally, &at),
            Err(_) => tally.refused_opening += 1,
        }
    }
    tally
}

fn flip_all(sample: &Sample, count: usize) -> Tally {
    let length = if sample.log.is_empty() { sample.database.len() } else { sample.log.len() };
    let randomness = Seeded::new(2026);
    let flips: Vec<_> =
        (0..count).map(|_| (randomness.below(length), randomness.below(8))).collect();
    let flips = &flips;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let some = |first| scope.spawn(move || flip_some(sample, flips, first, threads));
        let workers: Vec<_> = (0..threads).map(some).collect();
        workers.into_iter().for_each(|worker| tally.add(&worker.join().unwrap()));
    });
    tally
}

/// How many flips there are to be.
fn flips() -> usize {
    std::env::var("KEY_STORE_FLIPS").map_or(FLIPS, |count| count.parse().unwrap())
}

#[test]
fn every_read_of_a_flipped_file_is_right_or_an_error() {
    let tally = flip_all(&Sample::new(false), flips() / 2);
    println!("{} flips of the database: {tally:?}", flips() / 2);
    assert!(tally.errors > 0 && tally.right > tally.errors);
}

#[test]
fn a_flipped_log_is_told_by_the_number_of_the_last_commit() {
    let count = flips() - flips() / 2;
    let tally = flip_all(&Sample::new(true), count);
    println!("{count} flips of the log: {tally:?}");
    // The log has a sum over each page, and over its own beginning.
    assert_eq!(tally.lost_commits, count, "{tally:?}");
}
