//! Random operations against a model of maps, with restarts in between.

use std::collections::BTreeMap;

use export_api::ports::{Alias, CommitError, KeyReference, KeyStore, Write};
use export_api::{AliasName, Key, KeyArn, KeyState};
use key_store::Store;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::support::*;

on_both!(the_store_does_what_a_map_does);

/// What the store should hold.
#[derive(Clone, Default)]
struct Model {
    /// Each key, and the number its secret was made of, or `None` if it is destroyed.
    keys: BTreeMap<KeyArn, (Key, Option<usize>)>,
    aliases: BTreeMap<AliasName, Alias>,
}

/// One write, of a key or alias chosen by a small number; `stale` takes it as it first was.
#[derive(Clone, Debug)]
enum Step {
    Create(usize),
    Update { key: usize, stale: bool },
    Destroy { key: usize, stale: bool },
    Put { alias: usize, target: Option<usize>, stale: bool },
    Delete { alias: usize, stale: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let (key, alias) = (0..6_usize, 0..4_usize);
    let stale = prop::bool::weighted(0.1);
    prop_oneof![
        key.clone().prop_map(Step::Create),
        (key.clone(), stale).prop_map(|(key, stale)| Step::Update { key, stale }),
        (key.clone(), stale).prop_map(|(key, stale)| Step::Destroy { key, stale }),
        (alias.clone(), prop::option::of(key), stale)
            .prop_map(|(alias, target, stale)| Step::Put { alias, target, stale }),
        (alias, stale).prop_map(|(alias, stale)| Step::Delete { alias, stale }),
    ]
}

impl Model {
    fn key(&self, number: usize, stale: bool) -> Key {
        match self.keys.get(&arn(number)) {
            Some((key, _)) if !stale => key.clone(),
            _ => key(number),
        }
    }

    fn alias(&self, number: usize, stale: bool) -> Alias {
        match self.aliases.get(&name(number)) {
            Some(alias) if !stale => alias.clone(),
            _ => alias(number, None),
        }
    }

    /// The write of a step, and what it does to the model; `None` is a conflict.
    fn take(&self, step: &Step) -> (Write, Option<Self>) {
        let mut next = self.clone();
        let version = |key: &Key| self.keys.get(key.arn()).map(|(current, _)| current.version());
        let alias_version = |alias: &Alias| self.aliases.get(alias.name()).map(Alias::version);
        match *step {
            Step::Create(number) => {
                let free = !self.keys.contains_key(&arn(number));
                next.keys.insert(arn(number), (key(number).next_version(), Some(number)));
                (create(number), free.then_some(next))
            }
            Step::Update { key, stale } => {
                let key = tagged(&self.key(key, stale), "changed");
                let fits = version(&key) == Some(key.version());
                let secret = self.keys.get(key.arn()).and_then(|(_, secret)| *secret);
                next.keys.insert(key.arn().clone(), (key.clone().next_version(), secret));
                (Write::UpdateKey { key }, fits.then_some(next))
            }
            Step::Destroy { key, stale } => {
                let key = destroyed(&self.key(key, stale));
                let fits = version(&key) == Some(key.version());
                next.keys.insert(key.arn().clone(), (key.clone().next_version(), None));
                (Write::DestroyKey { key }, fits.then_some(next))
            }
            Step::Put { alias, target, stale } => {
                let alias = retarget(&self.alias(alias, stale), target.map(arn));
                let fits = alias_version(&alias).unwrap_or(0) == alias.version()
                    && target.is_none_or(|target| self.keys.contains_key(&arn(target)));
                next.aliases.insert(alias.name().clone(), alias.clone().next_version());
                (Write::PutAlias { alias }, fits.then_some(next))
            }
            Step::Delete { alias, stale } => {
                let alias = self.alias(alias, stale);
                let fits = alias_version(&alias) == Some(alias.version());
                next.aliases.remove(alias.name());
                (Write::DeleteAlias { alias }, fits.then_some(next))
            }
        }
    }

    fn check(&self, store: &Store) {
        let keys: Vec<Key> = self.keys.values().map(|(key, _)| key.clone()).collect();
        assert_eq!(store.list(&key_page(100)).unwrap(), keys);
        let mut page = key_page(100);
        page.state = Some(KeyState::DeleteComplete);
        let mut gone = keys;
        gone.retain(|key| key.state() == KeyState::DeleteComplete);
        assert_eq!(store.list(&page).unwrap(), gone);
        let aliases: Vec<Alias> = self.aliases.values().cloned().collect();
        assert_eq!(store.list_aliases(&alias_page(100)).unwrap(), aliases);

        for number in 0..6 {
            let known = self.keys.get(&arn(number));
            assert_eq!(store.get(&arn(number)).unwrap().as_ref(), known.map(|(key, _)| key));
            let opened = store.open_one(&arn(number)).unwrap();
            match (known.and_then(|(_, secret)| *secret), opened) {
                (Some(secret), Some(opened)) => assert!(is_material(&opened.material, secret)),
                (None, None) => (),
                (_, opened) => panic!("{opened:?}"),
            }
        }
        for number in 0..4 {
            let alias = self.aliases.get(&name(number));
            let target = alias.and_then(Alias::target).and_then(|arn| self.keys.get(arn));
            let found = wait(store.key(&KeyReference::Alias(name(number)))).unwrap();
            assert_eq!(found.as_ref(), target.map(|(key, _)| key));

            let mut page = alias_page(100);
            page.target = Some(arn(number));
            let mut pointing: Vec<Alias> = self.aliases.values().cloned().collect();
            pointing.retain(|alias| alias.target() == Some(&arn(number)));
            assert_eq!(store.list_aliases(&page).unwrap(), pointing);
        }
    }
}

fn the_store_does_what_a_map_does(kind: Kind) {
    let batches = prop::collection::vec(prop::collection::vec(step(), 1..4), 1..30);
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
        .run(&(batches, 0..30_usize), |(batches, restart)| {
            let place = kind.place();
            let mut store = place.open();
            let mut model = Model::default();
            for (number, batch) in batches.iter().enumerate() {
                let mut after = Some(model.clone());
                let mut writes = Vec::new();
                for step in batch {
                    let (write, next) = after.as_ref().unwrap_or(&model).take(step);
                    writes.push(write);
                    after = after.and(next);
                }
                let expected = if after.is_some() { Ok(()) } else { Err(CommitError::Conflict) };
                prop_assert_eq!(store.write(writes), expected, "{:?}", batch);
                model = after.unwrap_or(model);
                model.check(&store);
                if number == restart {
                    drop(store);
                    store = place.open();
                    model.check(&store);
                }
            }
            Ok(())
        })
        .unwrap();
}
