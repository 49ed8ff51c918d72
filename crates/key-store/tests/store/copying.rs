//! A store moved into another one: whole, again after an interruption, and never over another.

use export_api::ports::{AliasPage, KeyPage, KeyStore, Write};
use export_api::{Identity, Key, Timestamp};
use key_store::{CopyError, CopyStage, Credential, Store, copy};
use key_types::SecretKey;
use serde_json::json;

use crate::support::*;

mod from_sqlite {
    use crate::support::Kind::{Postgres, Sqlite};

    #[test]
    fn to_sqlite() {
        super::moves(Sqlite, Sqlite);
        super::goes_on(Sqlite, Sqlite);
        super::refuses(Sqlite, Sqlite);
    }

    #[test]
    fn to_postgres() {
        if crate::postgres::is_there() {
            super::moves(Sqlite, Postgres);
            super::goes_on(Sqlite, Postgres);
            super::refuses(Sqlite, Postgres);
        }
    }
}

mod from_postgres {
    use crate::support::Kind::{Postgres, Sqlite};

    #[test]
    fn to_sqlite() {
        if crate::postgres::is_there() {
            super::moves(Postgres, Sqlite);
            super::refuses(Postgres, Sqlite);
        }
    }

    #[test]
    fn to_postgres() {
        if crate::postgres::is_there() {
            super::moves(Postgres, Postgres);
        }
    }
}

const KEYS: usize = 450;

fn credential(id: &str) -> Credential {
    let secret = SecretKey::copied_from(id.as_bytes()).unwrap();
    Credential::new(id.to_owned(), secret, "till".to_owned(), Timestamp::from_milliseconds(7))
}

/// Fills a store with all there is: keys of several versions, destroyed ones, aliases with and
/// without a target, an identity with its private key, access keys.
fn fill(store: &Store) -> u64 {
    store.write((0..KEYS).map(create).collect()).unwrap();
    for number in (0..KEYS).step_by(50) {
        let current = store.get(&arn(number)).unwrap().unwrap();
        store.write(vec![Write::UpdateKey { key: tagged(&current, "blue") }]).unwrap();
    }
    let gone = store.get(&arn(7)).unwrap().unwrap();
    store.write(vec![Write::DestroyKey { key: destroyed(&gone) }]).unwrap();
    store.write(vec![Write::PutAlias { alias: alias(1, Some(arn(3))) }]).unwrap();
    store.write(vec![Write::PutAlias { alias: alias(2, None) }]).unwrap();
    let identity: Identity = serde_json::from_value(json!({
        "name": "account-authority",
        "version": 0,
        "algorithm": "RSA_4096",
        "certificate": "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        "created": 1_795_000_000_000_u64,
        "valid_until": 1_895_000_000_000_u64,
    }))
    .unwrap();
    let private_key = Some(material(1));
    store.write(vec![Write::PutIdentity { identity, private_key }]).unwrap();
    wait(store.add_credential(credential("AKIA1"))).unwrap();
    wait(store.add_credential(credential("AKIA2"))).unwrap();
    KEYS as u64 + 2 + 1 + 2
}

fn copied(from: &Store, to: &Store) -> Result<u64, CopyError> {
    wait(copy(from, to, async |_, _| true, |_| ()))
}

fn all_keys(store: &Store) -> Vec<Key> {
    let mut page = KeyPage::default();
    page.limit = 10_000;
    store.list(&page).unwrap()
}

fn moves(from: Kind, to: Kind) {
    let [from, to] = [from.place(), to.place()];
    let (source, target) = (from.open(), to.open());
    let expected = fill(&source);
    if let Store::Sqlite(source) = &source {
        wait(source.raise_commits(1000)).unwrap();
    }
    let mut stages = [0_u64; 3];
    let seen = std::cell::Cell::new(0);
    let count = wait(copy(
        &source,
        &target,
        async |key, secret| {
            seen.set(seen.get() + 1);
            let number = key.arn().as_str()[key.arn().as_str().len() - 16..].parse().unwrap();
            is_material(secret, number)
        },
        |stage| match stage {
            CopyStage::Compare => stages[0] += 1,
            CopyStage::Write => stages[1] += 1,
            _ => stages[2] += 1,
        },
    ));
    assert_eq!(count, Ok(expected));
    assert_eq!(stages, [expected; 3]);
    assert_eq!(seen.get(), KEYS - 1, "each key that is not destroyed");

    if let (Some(source), Some(target)) = (source.commits(), target.commits()) {
        assert!(target.last() >= source.last(), "what was noted of the one holds of the other");
    }
    assert_eq!(all_keys(&source), all_keys(&target));
    assert_eq!(target.get(&arn(50)).unwrap().unwrap().version(), 2);
    assert!(target.open_one(&arn(7)).unwrap().is_none());
    let mut page = AliasPage::default();
    page.limit = 9;
    assert_eq!(source.list_aliases(&page), target.list_aliases(&page));
    let authority = wait(target.open_identity(&export_api::IdentityName::Authority)).unwrap();
    assert!(is_material(&authority.unwrap().private_key.unwrap(), 1));
    assert_eq!(wait(target.credentials()).unwrap().len(), 2);
    // It is a store like any other.
    let current = target.get(&arn(50)).unwrap().unwrap();
    target.write(vec![Write::UpdateKey { key: tagged(&current, "red") }]).unwrap();
    assert_eq!(copied(&source, &target), Err(CopyError::Different { id: arn(50).to_string() }));
}

/// What an interruption leaves is a part; the copy goes on from there, also when the source has
/// got more.
fn goes_on(from: Kind, to: Kind) {
    let [from, to] = [from.place(), to.place()];
    let (source, target) = (from.open(), to.open());
    source.write((0..KEYS).map(create).collect()).unwrap();
    assert_eq!(copied(&source, &target), Ok(KEYS as u64));
    source.write((1000..1010).map(create).collect()).unwrap();
    source.write((500..510).map(create).collect()).unwrap();
    source.write(vec![Write::PutAlias { alias: alias(1, Some(arn(3))) }]).unwrap();
    assert_eq!(copied(&source, &target), Ok(KEYS as u64 + 21));
    assert_eq!(copied(&source, &target), Ok(KEYS as u64 + 21), "nothing is left to do");
    assert_eq!(all_keys(&source), all_keys(&target));
}

fn refuses(from: Kind, to: Kind) {
    let [from, to] = [from.place(), to.place()];
    let (source, target) = (from.open(), to.open());
    source.write((0..10).map(create).collect()).unwrap();
    // A foreign record, wherever it sorts, and the same name with another secret.
    target.write(vec![create(11)]).unwrap();
    assert_eq!(copied(&source, &target), Err(CopyError::Foreign { id: arn(11).to_string() }));
    source.write(vec![create(11)]).unwrap();
    target.write(vec![Write::CreateKey { key: key(5), material: material(6) }]).unwrap();
    assert_eq!(copied(&source, &target), Err(CopyError::Different { id: arn(5).to_string() }));
    assert_eq!(all_keys(&target).len(), 2, "nothing was written");

    let empty = Kind::Sqlite.place();
    let empty = empty.open();
    let refused = wait(copy(&source, &empty, async |key, _| key.arn() != &arn(3), |_| ()));
    assert_eq!(refused, Err(CopyError::CheckValue { id: arn(3).to_string() }));
}
