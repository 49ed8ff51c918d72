//! Identities of the endpoint: kept like keys, found by name and by use, and gone when deleted.

use export_api::ports::{CommitError, KeyStore, StoreError, StoredIdentity, Write};
use export_api::{Identity, IdentityName, Timestamp, TokenKind};
use key_types::{KeyAlgorithm, SecretKey};
use serde_json::json;

use crate::support::*;

on_both!(
    they_come_back_with_their_private_keys_after_a_restart,
    the_token_that_is_valid_longest_is_found_for_its_algorithm,
    two_that_are_made_at_once_are_one_and_a_conflict,
    those_that_ended_are_listed_and_can_be_deleted,
    an_edited_or_swapped_one_does_not_open,
);

fn token(number: usize, algorithm: KeyAlgorithm, valid_until: u64) -> Identity {
    identity(&format!("export-token-{number:016}"), algorithm, valid_until)
}

fn identity(name: &str, algorithm: KeyAlgorithm, valid_until: u64) -> Identity {
    serde_json::from_value(json!({
        "name": name,
        "version": 0,
        "algorithm": algorithm.code(),
        "certificate": "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        "created": 1_795_000_000_000_u64,
        "valid_until": valid_until,
    }))
    .unwrap()
}

fn put(identity: &Identity, private_key: Option<SecretKey>) -> Write {
    Write::PutIdentity { identity: identity.clone(), private_key }
}

fn open(
    store: &key_store::Store,
    name: &IdentityName,
) -> Result<Option<StoredIdentity>, StoreError> {
    wait(store.open_identity(name))
}

fn they_come_back_with_their_private_keys_after_a_restart(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    let signer = token(1, KeyAlgorithm::Rsa2048, 5);
    let of_key = identity(arn(7).as_str(), KeyAlgorithm::Rsa3072, 6);
    store.write(vec![put(&signer, Some(material(1))), put(&of_key, None)]).unwrap();
    drop(store);

    let store = place.open();
    let found = open(&store, signer.name()).unwrap().unwrap();
    assert_eq!(found.identity, signer.next_version());
    assert!(is_material(&found.private_key.unwrap(), 1));
    let found = open(&store, of_key.name()).unwrap().unwrap();
    assert_eq!((found.identity.version(), found.private_key.is_none()), (1, true));
    assert!(open(&store, &IdentityName::Authority).unwrap().is_none());
}

fn the_token_that_is_valid_longest_is_found_for_its_algorithm(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    let tokens = [(1, KeyAlgorithm::Rsa2048, 50), (2, KeyAlgorithm::Rsa2048, 70)];
    for (number, algorithm, valid_until) in tokens {
        store.write(vec![put(&token(number, algorithm, valid_until), Some(material(1)))]).unwrap();
    }
    let authority = identity("account-authority", KeyAlgorithm::Rsa4096, 90);
    store.write(vec![put(&authority, Some(material(2)))]).unwrap();
    let latest = |algorithm| wait(store.latest_token(algorithm)).unwrap();
    let found = latest(TokenKind::export(KeyAlgorithm::Rsa2048)).unwrap();
    assert_eq!(found.valid_until(), Timestamp::from_milliseconds(70));
    assert_eq!(latest(TokenKind::export(KeyAlgorithm::Rsa3072)), None);
    assert_eq!(latest(TokenKind::export(KeyAlgorithm::Rsa4096)), None, "the authority is no token");
}

fn two_that_are_made_at_once_are_one_and_a_conflict(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    let authority = identity("account-authority", KeyAlgorithm::Rsa4096, 90);
    store.write(vec![put(&authority, Some(material(1)))]).unwrap();
    let second = store.write(vec![put(&authority, Some(material(2)))]);
    assert_eq!(second, Err(CommitError::Conflict));
    let found = open(&store, &IdentityName::Authority).unwrap().unwrap();
    assert!(is_material(&found.private_key.unwrap(), 1));

    let renewed = found.identity.clone();
    store.write(vec![put(&renewed, Some(material(3)))]).unwrap();
    assert_eq!(store.write(vec![put(&renewed, None)]), Err(CommitError::Conflict));
    let found = open(&store, &IdentityName::Authority).unwrap().unwrap();
    assert_eq!(found.identity.version(), 2);
    assert!(is_material(&found.private_key.unwrap(), 3));
}

fn those_that_ended_are_listed_and_can_be_deleted(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    for (number, valid_until) in [(1, 100), (2, 200), (3, 300)] {
        let token = token(number, KeyAlgorithm::Rsa2048, valid_until);
        store.write(vec![put(&token, Some(material(number)))]).unwrap();
    }
    let due =
        |now, limit| wait(store.identities_due(Timestamp::from_milliseconds(now), limit)).unwrap();
    assert_eq!(due(99, 9), []);
    assert_eq!(due(200, 9).len(), 2);
    assert_eq!(due(300, 1).len(), 1);
    let [first, _] = due(200, 9).try_into().unwrap();
    let delete = || Write::DeleteIdentity { identity: first.clone() };
    store.write(vec![delete()]).unwrap();
    assert!(open(&store, first.name()).unwrap().is_none());
    assert_eq!(store.write(vec![delete()]), Err(CommitError::Conflict));
    assert_eq!(due(200, 9).len(), 1);
}

fn an_edited_or_swapped_one_does_not_open(kind: Kind) {
    let edits = [
        "UPDATE identities SET valid_until = valid_until + 1",
        "UPDATE identities SET token_algorithm = 'RSA_4096'",
        "UPDATE identities SET record = replace(record, 'MAA=', 'MAB=')",
        "UPDATE identities SET version = version + 1",
        "UPDATE identities SET sealed = (SELECT sealed FROM identities WHERE name LIKE '%2')",
    ];
    for edit in edits {
        let place = kind.place();
        let store = place.open();
        let [first, second] = [1, 2].map(|number| token(number, KeyAlgorithm::Rsa2048, 100));
        store.write(vec![put(&first, Some(material(1))), put(&second, Some(material(2)))]).unwrap();
        assert!(open(&store, first.name()).is_ok());
        place.alter(edit);
        assert_eq!(open(&store, first.name()).err(), Some(StoreError::Damaged), "{edit}");
    }
}
