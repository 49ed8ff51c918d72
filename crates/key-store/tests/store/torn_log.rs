//! A power cut while the log was being written: any prefix of it, and any torn end, opens to the
//! state of a commit that was not acknowledged later.

use std::fs;

use key_store::SqliteStore;

use crate::support::*;

const COMMITS: usize = 40;
const SECTOR: usize = 512;

#[test]
fn every_torn_log_opens_to_a_state_between_commits() {
    let place = Place::new();
    let store = place.open();
    // Each commit writes two keys; how long the log is when it is acknowledged says what must
    // not be lost.
    let mut acknowledged = vec![read(&place.log()).len()];
    for number in 0..COMMITS {
        store.write(vec![create(2 * number), create(2 * number + 1)]).unwrap();
        acknowledged.push(read(&place.log()).len());
    }
    let (database, log) = (read(&place.database()), read(&place.log()));
    assert!(acknowledged.is_sorted() && acknowledged[1] < acknowledged[COMMITS]);

    let torn = Place::copy_of(&place);
    let randomness = Seeded::new(7);
    let lengths = (0..=log.len() / SECTOR).map(|sector| sector * SECTOR).rev().step_by(3);
    let mut states = 0;
    for length in lengths {
        for is_garbled in [false, true] {
            let mut prefix = log[..length].to_vec();
            let sound = if is_garbled { length.saturating_sub(SECTOR) } else { length };
            prefix[sound..].fill_with(|| randomness.next().to_le_bytes()[0]);
            let _ = fs::remove_file(torn.data().join("keys.sqlite3-shm"));
            fs::write(torn.database(), &database).unwrap();
            fs::write(torn.log(), &prefix).unwrap();

            let held = SqliteStore::commits_in(&torn.data());
            let must_be_there = acknowledged.iter().filter(|&&end| end <= sound).count();
            let Ok(store) = torn.try_open() else {
                assert_eq!(must_be_there, 0, "the store itself was not acknowledged yet");
                continue;
            };
            let keys = store.list(&key_page(1000)).unwrap();
            let expected: Vec<_> = (0..keys.len()).map(|n| key(n).next_version()).collect();
            assert_eq!(keys, expected, "a prefix of the commits");
            assert!(keys.len() % 2 == 0, "no half of a batch");
            assert_eq!(
                held.unwrap(),
                u64::try_from(keys.len() / 2).unwrap(),
                "commits are counted"
            );
            assert!(keys.len() >= 2 * must_be_there.saturating_sub(1), "{} {length}", keys.len());
            states += 1;
        }
    }
    assert!(states > 100, "{states}");
}
