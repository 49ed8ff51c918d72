//! Single bits of the database file turned over: every read is right or an error.

use std::fs;

use export_api::ports::{Alias, AliasPage, KeyPage, KeyReference, KeyStore, StoredKey, Write};
use export_api::{Key, KeyState, Timestamp};
use key_store::{Credential, Store};

use crate::support::*;

const KEYS: usize = 60;
const ALIASES: usize = 40;
const FLIPS: usize = 2000;

/// A store of some pages, all in the database file.
fn sample() -> Place {
    let place = Place::new();
    let store = place.open();
    store.write((0..KEYS).map(create).collect()).unwrap();
    let aliases = (0..ALIASES).map(|n| alias(n, (n % 3 > 0).then(|| arn(n))));
    store.write(aliases.map(|alias| Write::PutAlias { alias }).collect()).unwrap();
    for number in (0..KEYS).step_by(7) {
        let current = store.get(&arn(number)).unwrap().unwrap();
        store.write(vec![Write::UpdateKey { key: pending(&current, 1000) }]).unwrap();
    }
    for number in 0..3 {
        let created = Timestamp::from_milliseconds(1);
        let id = format!("AKIA{number}");
        let credential = Credential::new(id, material(number), "till".to_owned(), created);
        wait(store.add_credential(credential)).unwrap();
    }
    drop(store);
    assert!(!place.log().exists());
    place
}

#[derive(Debug, Default)]
struct Tally {
    refused_opening: usize,
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
}

/// What the sound store answers.
struct Answers {
    keys: Vec<Option<Key>>,
    aliases: Vec<Option<Alias>>,
    targets: Vec<Option<Key>>,
    pages: Vec<(KeyPage, Vec<Key>)>,
    alias_pages: Vec<(AliasPage, Vec<Alias>)>,
    pending: Vec<Key>,
}

impl Answers {
    fn of(store: &Store) -> Self {
        let target = |number| wait(store.key(&KeyReference::Alias(name(number)))).unwrap();
        let pages = [(7, None), (7, Some(arn(20))), (100, None), (100, Some(arn(55)))];
        let pages = pages.map(|(limit, after)| {
            let mut page = key_page(limit);
            page.after = after;
            let keys = store.list(&page).unwrap();
            (page, keys)
        });
        let alias_pages = [7, 100].map(|limit| {
            let page = alias_page(limit);
            let aliases = store.list_aliases(&page).unwrap();
            (page, aliases)
        });
        // One more than there are, so that what is not there is asked for too.
        Self {
            keys: (0..=KEYS).map(|number| store.get(&arn(number)).unwrap()).collect(),
            aliases: (0..=ALIASES).map(|number| store.get_alias(&name(number)).unwrap()).collect(),
            targets: (0..=ALIASES).map(target).collect(),
            pages: pages.into(),
            alias_pages: alias_pages.into(),
            pending: store.list(&pending_page()).unwrap(),
        }
    }

    /// Reads everything from another store and compares.
    fn compare(&self, store: &Store, tally: &mut Tally, at: &str) {
        for (number, expected) in self.keys.iter().enumerate() {
            tally.expect(store.get(&arn(number)), |found| found == *expected, at);
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
        }
        for (number, expected) in self.targets.iter().enumerate() {
            let answer = wait(store.key(&KeyReference::Alias(name(number))));
            tally.expect(answer, |found| found == *expected, at);
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

#[test]
fn every_read_of_a_flipped_file_is_right_or_an_error() {
    let place = sample();
    let answers = Answers::of(&place.open());
    let file = read(&place.database());
    let randomness = Seeded::new(2026);
    let flipped = Place::copy_of(&place);
    let mut tally = Tally::default();
    for flip in 0..FLIPS {
        let (at, bit) = (randomness.below(file.len()), randomness.below(8));
        let mut content = file.clone();
        content[at] ^= 1 << bit;
        for entry in fs::read_dir(flipped.data()).unwrap() {
            let path = entry.unwrap().path();
            if path != flipped.root_key() {
                fs::remove_file(path).unwrap();
            }
        }
        fs::write(flipped.database(), content).unwrap();
        let at = format!("flip {flip}: byte {at}, bit {bit}");
        match flipped.try_open() {
            Ok(store) => answers.compare(&store, &mut tally, &at),
            Err(_) => tally.refused_opening += 1,
        }
    }
    println!("{tally:?} of {} bytes", file.len());
    assert!(tally.errors > 0 && tally.right > tally.errors);
}
