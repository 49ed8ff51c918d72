//! Two servers on one database under writers that race: every race has one winner, and what all
//! saw fits one order of the writes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use export_api::ports::{CommitError, Write};
use export_api::{Key, KeyArn};
use key_store::Store;

use crate::support::*;

on_both!(what_racing_writers_see_fits_one_order_of_their_writes);

const WRITERS: usize = 16;
const OPERATIONS: usize = 60;
/// So few that most operations meet others.
const KEYS: usize = 3;
const ALIASES: usize = 3;

/// What an operation is about: a key or an alias, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Object {
    Key(usize),
    Alias(usize),
}

/// What somebody saw of one object, between two moments of a clock that only counts.
#[derive(Clone, Debug)]
struct Event {
    object: Object,
    began: u64,
    ended: u64,
    seen: Seen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    /// It was at this version, with this mark of the writer.
    Read(u64, String),
    /// The writer put it on this version, with this mark.
    Wrote(u64, String),
    /// It was not at this version any more.
    Conflict(u64),
}

struct Clock(AtomicU64);

impl Clock {
    fn tick(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

fn mark_of(key: &Key) -> String {
    key.tags().first().map(|tag| tag.value().to_owned()).unwrap_or_default()
}

/// Targets of aliases are the marks: each write points to a key of its own.
fn mark_of_target(target: Option<&KeyArn>) -> String {
    target.map(|arn| arn.as_str().to_owned()).unwrap_or_default()
}

/// One writer: reads two objects, changes one of them or both in one batch, and notes what it saw.
fn race(store: &Store, clock: &Clock, writer: usize) -> Vec<Event> {
    let randomness = Seeded::new(writer as u64);
    let mut events = Vec::new();
    for operation in 0..OPERATIONS {
        let (k, a) = (randomness.below(KEYS), randomness.below(ALIASES));
        let (key_object, alias_object) = (Object::Key(k), Object::Alias(a));
        let mut note = |object, began, seen| {
            events.push(Event { object, began, ended: clock.tick(), seen });
        };
        let began = clock.tick();
        let key = store.get(&arn(k)).unwrap().unwrap();
        note(key_object, began, Seen::Read(key.version(), mark_of(&key)));
        let began = clock.tick();
        let alias = store.get_alias(&name(a)).unwrap().unwrap();
        note(alias_object, began, Seen::Read(alias.version(), mark_of_target(alias.target())));

        let target = arn(1000 + writer * OPERATIONS + operation);
        let mark = format!("{writer}-{operation}");
        let changed_key = || Write::UpdateKey { key: tagged(&key, &mark) };
        let changed_alias = || Write::PutAlias { alias: retarget(&alias, Some(target.clone())) };
        let batch = match randomness.below(3) {
            0 => vec![changed_key()],
            1 => vec![changed_alias()],
            // In both orders, so that writers wait for each other in a circle.
            _ if writer.is_multiple_of(2) => vec![changed_key(), changed_alias()],
            _ => vec![changed_alias(), changed_key()],
        };
        let has_key = batch.iter().any(|write| matches!(write, Write::UpdateKey { .. }));
        let has_alias = batch.iter().any(|write| matches!(write, Write::PutAlias { .. }));
        let began = clock.tick();
        match store.write(batch) {
            Ok(()) => {
                if has_key {
                    note(key_object, began, Seen::Wrote(key.version() + 1, mark.clone()));
                }
                if has_alias {
                    let mark = mark_of_target(Some(&target));
                    note(alias_object, began, Seen::Wrote(alias.version() + 1, mark));
                }
            }
            // Of two objects, it is not known which one moved.
            Err(CommitError::Conflict) if has_key && has_alias => (),
            Err(CommitError::Conflict) if has_key => {
                note(key_object, began, Seen::Conflict(key.version()));
            }
            Err(CommitError::Conflict) => {
                note(alias_object, began, Seen::Conflict(alias.version()));
            }
            Err(error) => panic!("{error}"),
        }
    }
    events
}

/// Checks what was seen of one object; answers how many versions it had.
///
/// Every version has one writer, and versions follow each other, so there is one order that can
/// fit; it does if nobody saw a version before its write began, or after the next one had ended.
fn check(object: Object, first: &str, events: &[&Event]) -> u64 {
    let mut writes: BTreeMap<u64, (u64, u64, &str)> = BTreeMap::new();
    writes.insert(1, (0, 0, first));
    for event in events {
        if let Seen::Wrote(version, mark) = &event.seen {
            let taken = writes.insert(*version, (event.began, event.ended, mark));
            assert!(taken.is_none(), "{object:?}: two wrote version {version}");
        }
    }
    let last = *writes.last_key_value().unwrap().0;
    assert_eq!(last, writes.len() as u64, "{object:?}: a version without a writer");
    let ended_before = |version: u64, moment: u64| {
        writes.get(&version).is_some_and(|(_, ended, _)| *ended < moment)
    };
    for event in events {
        match &event.seen {
            Seen::Read(version, mark) => {
                let (began, _, written) = writes[version];
                assert_eq!(mark, written, "{object:?}: {event:?}");
                assert!(began <= event.ended, "read before it was written: {event:?}");
                assert!(!ended_before(version + 1, event.began), "read what was over: {event:?}");
            }
            Seen::Wrote(version, _) => {
                assert!(!ended_before(version + 1, event.began), "written too late: {event:?}");
            }
            Seen::Conflict(version) => {
                let next = writes.get(&(version + 1));
                let next = next.unwrap_or_else(|| panic!("nobody was faster: {event:?}"));
                assert!(next.0 <= event.ended, "a conflict with what came later: {event:?}");
            }
        }
    }
    last
}

#[allow(clippy::print_stdout, reason = "what a test found is shown where it is asked for")]
fn what_racing_writers_see_fits_one_order_of_their_writes(kind: Kind) {
    let place = kind.place();
    let stores = [place.open(), place.open()];
    let mut first: Vec<Write> = (0..KEYS).map(create).collect();
    first.extend((0..ALIASES).map(|a| Write::PutAlias { alias: alias(a, None) }));
    // What aliases are pointed to.
    first.extend((1000..1000 + WRITERS * OPERATIONS).map(create));
    stores[0].write(first).unwrap();

    let clock = Clock(AtomicU64::new(1));
    let events: Vec<Event> = thread::scope(|scope| {
        let (clock, stores) = (&clock, &stores);
        let race = |writer: usize| scope.spawn(move || race(&stores[writer % 2], clock, writer));
        let threads: Vec<_> = (0..WRITERS).map(race).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });

    let mut by_object: BTreeMap<Object, Vec<&Event>> = BTreeMap::new();
    events.iter().for_each(|event| by_object.entry(event.object).or_default().push(event));
    assert_eq!(by_object.len(), KEYS + ALIASES);
    let versions: u64 = by_object.iter().map(|(object, events)| check(*object, "", events)).sum();
    let conflicts = events.iter().filter(|event| matches!(event.seen, Seen::Conflict(_))).count();
    let all = events.len();
    assert!(versions > 50 && conflicts > 50, "{all} {versions} {conflicts}");
    println!("{all} events, {versions} versions, {conflicts} conflicts");
}

#[test]
fn the_check_finds_what_does_not_fit() {
    let event = |began, ended, seen| Event { object: Object::Key(0), began, ended, seen };
    let wrote = |began, ended, version, mark: &str| {
        event(began, ended, Seen::Wrote(version, mark.to_owned()))
    };
    let read = |began, ended, version, mark: &str| {
        event(began, ended, Seen::Read(version, mark.to_owned()))
    };
    let fits = |events: Vec<Event>| {
        let refused = std::panic::catch_unwind(|| {
            check(Object::Key(0), "", &events.iter().collect::<Vec<_>>());
        });
        refused.is_ok()
    };
    assert!(fits(vec![wrote(1, 4, 2, "a"), read(2, 3, 1, ""), read(2, 3, 2, "a")]));
    assert!(fits(vec![wrote(1, 4, 2, "a"), event(2, 3, Seen::Conflict(1))]));
    // A stale read, one from the future, a lost update, two winners, a conflict with nobody.
    assert!(!fits(vec![wrote(1, 2, 2, "a"), read(3, 4, 1, "")]));
    assert!(!fits(vec![wrote(3, 4, 2, "a"), read(1, 2, 2, "a")]));
    assert!(!fits(vec![wrote(1, 2, 2, "a"), read(3, 4, 2, "b")]));
    assert!(!fits(vec![wrote(1, 2, 2, "a"), wrote(1, 2, 2, "b")]));
    assert!(!fits(vec![wrote(1, 2, 2, "a"), event(3, 4, Seen::Conflict(2))]));
    assert!(!fits(vec![wrote(1, 2, 2, "a"), wrote(3, 4, 4, "b")]));
}
