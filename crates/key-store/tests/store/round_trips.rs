//! What was written is read, in this process and the next.

use export_api::ports::{CommitError, KeyReference, KeyStore, Write};
use export_api::{Role, Timestamp};
use key_store::Credential;
use key_types::SecretKey;

use crate::support::*;

on_both!(
    keys_come_back_with_their_secrets_after_a_restart,
    an_update_keeps_the_secret_and_a_destruction_does_not,
    a_version_that_moved_is_a_conflict_and_leaves_nothing_of_its_batch,
    writes_of_one_batch_see_each_other,
    pages_follow_each_other_in_order,
    credentials_are_kept_and_their_ids_are_unique,
);

fn keys_come_back_with_their_secrets_after_a_restart(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    for number in 0..5 {
        store.write(vec![create(number)]).unwrap();
    }
    store.write(vec![Write::PutAlias { alias: alias(1, Some(arn(3))) }]).unwrap();
    store.write(vec![Write::PutAlias { alias: alias(2, None) }]).unwrap();
    drop(store);

    let store = place.open();
    for number in 0..5 {
        assert_eq!(store.get(&arn(number)).unwrap(), Some(key(number).next_version()));
        let opened = store.open_one(&arn(number)).unwrap().unwrap();
        assert_eq!(opened.key, key(number).next_version());
        assert!(is_material(&opened.material, number));
    }
    assert_eq!(store.get(&arn(5)), Ok(None));

    let by_alias = KeyReference::Alias(name(1));
    assert_eq!(wait(store.key(&by_alias)).unwrap().unwrap().arn(), &arn(3));
    let by_arn = KeyReference::Arn(arn(0));
    let missing = KeyReference::Alias(name(9));
    let without_target = KeyReference::Alias(name(2));
    let [first, second, third, fourth] =
        wait(store.open_keys([&by_alias, &by_arn, &missing, &without_target])).unwrap();
    assert!(is_material(&first.unwrap().material, 3));
    assert!(is_material(&second.unwrap().material, 0));
    assert!(third.is_none() && fourth.is_none());
}

fn an_update_keeps_the_secret_and_a_destruction_does_not(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    store.write(vec![create(1)]).unwrap();
    let first = store.get(&arn(1)).unwrap().unwrap();
    store.write(vec![Write::UpdateKey { key: tagged(&first, "blue") }]).unwrap();
    let second = store.get(&arn(1)).unwrap().unwrap();
    assert_eq!((second.version(), second.tags()[0].value()), (2, "blue"));
    assert!(is_material(&store.open_one(&arn(1)).unwrap().unwrap().material, 1));

    store.write(vec![Write::DestroyKey { key: destroyed(&second) }]).unwrap();
    assert!(store.open_one(&arn(1)).unwrap().is_none());
    let third = store.get(&arn(1)).unwrap().unwrap();
    assert_eq!(third, destroyed(&second).next_version());
    store.write(vec![Write::UpdateKey { key: tagged(&third, "red") }]).unwrap();
    assert!(store.open_one(&arn(1)).unwrap().is_none());
}

#[test]
fn a_destroyed_key_leaves_no_seal_in_the_files() {
    let place = Place::new();
    let store = place.open();
    store.write((0..50).map(create).collect()).unwrap();
    let sealed: Vec<u8> = place
        .raw()
        .query_row("SELECT sealed FROM keys WHERE arn = ?1", [arn(7).as_str()], |row| row.get(0))
        .unwrap();
    let holds =
        |path: std::path::PathBuf| read(&path).windows(sealed.len()).any(|window| window == sealed);
    assert!(holds(place.database()) || holds(place.log()));

    let current = store.get(&arn(7)).unwrap().unwrap();
    store.write(vec![Write::DestroyKey { key: destroyed(&current) }]).unwrap();
    assert!(!holds(place.database()) && !holds(place.log()));
}

fn a_version_that_moved_is_a_conflict_and_leaves_nothing_of_its_batch(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    store.write(vec![create(1), Write::PutAlias { alias: alias(1, None) }]).unwrap();
    let (stale, stale_alias) =
        (store.get(&arn(1)).unwrap().unwrap(), store.get_alias(&name(1)).unwrap().unwrap());
    store.write(vec![Write::UpdateKey { key: stale.clone() }]).unwrap();
    store.write(vec![Write::PutAlias { alias: stale_alias.clone() }]).unwrap();

    let refused = [
        Write::UpdateKey { key: stale.clone() },
        Write::DestroyKey { key: destroyed(&stale) },
        create(1),
        Write::CreateKey { key: key(8).next_version(), material: material(8) },
        Write::UpdateKey { key: key(9).next_version() },
        Write::PutAlias { alias: stale_alias.clone() },
        Write::PutAlias { alias: alias(1, None) },
        Write::PutAlias { alias: alias(8, None).next_version() },
        Write::PutAlias { alias: alias(8, Some(arn(777))) },
        Write::DeleteAlias { alias: stale_alias },
        Write::DeleteAlias { alias: alias(9, None).next_version() },
    ];
    for write in refused {
        let text = format!("{write:?}");
        assert_eq!(store.write(vec![create(2), write]), Err(CommitError::Conflict), "{text}");
        assert_eq!(store.get(&arn(2)), Ok(None), "{text}");
    }
    assert_eq!(store.get(&arn(1)).unwrap().unwrap().version(), 2);
    assert_eq!(store.get_alias(&name(1)).unwrap().unwrap().version(), 2);
}

fn writes_of_one_batch_see_each_other(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    let created = key(1).next_version();
    store
        .write(vec![
            create(1),
            Write::UpdateKey { key: tagged(&created, "same batch") },
            Write::PutAlias { alias: alias(1, Some(arn(1))) },
            Write::DeleteAlias { alias: alias(1, Some(arn(1))).next_version() },
        ])
        .unwrap();
    assert_eq!(store.get(&arn(1)).unwrap().unwrap().version(), 2);
    assert_eq!(store.get_alias(&name(1)), Ok(None));
    assert_eq!(store.write(Vec::new()), Ok(()));
}

fn pages_follow_each_other_in_order(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    store.write((0..25).rev().map(create).collect()).unwrap();
    for number in (0..25).step_by(5) {
        let current = store.get(&arn(number)).unwrap().unwrap();
        let due = 1_000 * (100 - number as u64);
        store.write(vec![Write::UpdateKey { key: pending(&current, due) }]).unwrap();
    }
    store
        .write((0..12).map(|n| Write::PutAlias { alias: alias(n, Some(arn(n % 3))) }).collect())
        .unwrap();

    let mut page = key_page(10);
    let mut seen = Vec::new();
    loop {
        let keys = store.list(&page).unwrap();
        let Some(last) = keys.last() else { break };
        page.after = Some(last.arn().clone());
        seen.extend(keys.into_iter().map(|key| key.arn().clone()));
    }
    assert_eq!(seen, (0..25).map(arn).collect::<Vec<_>>());

    page.after = Some(arn(5));
    page.state = Some(export_api::KeyState::DeletePending);
    let numbers: Vec<_> = store.list(&page).unwrap().iter().map(|key| key.arn().clone()).collect();
    assert_eq!(numbers, [10, 15, 20].map(arn));
    assert_eq!(store.list(&key_page(0)), Ok(Vec::new()));

    let due = |now, limit| {
        let keys = wait(store.keys_due(Timestamp::from_milliseconds(now), limit)).unwrap();
        keys.into_iter().map(|key| key.arn().clone()).collect::<Vec<_>>()
    };
    assert_eq!(due(84_999, 9), [20].map(arn));
    assert_eq!(due(85_000, 9), [20, 15].map(arn));
    assert_eq!(due(200_000, 3), [20, 15, 10].map(arn));

    let mut page = alias_page(3);
    page.target = Some(arn(1));
    let of_key = store.list_aliases(&page).unwrap();
    assert_eq!(of_key.iter().map(|a| a.name().clone()).collect::<Vec<_>>(), [1, 4, 7].map(name));
    page.target = None;
    page.after = Some(name(9));
    assert_eq!(store.list_aliases(&page).unwrap().len(), 2);
}

fn credentials_are_kept_and_their_ids_are_unique(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    let credential = |id: &str| {
        let secret = SecretKey::copied_from(id.as_bytes()).unwrap();
        let created = Timestamp::from_milliseconds(7);
        Credential::new(id.to_owned(), secret, "till".to_owned(), created)
    };
    wait(store.add_credential(credential("AKIA2"))).unwrap();
    wait(store.add_credential(credential("AKIA1"))).unwrap();
    let taken = wait(store.add_credential(credential("AKIA2")));
    assert_eq!(taken, Err(CommitError::Conflict));
    drop(store);

    let credentials = wait(place.open().credentials()).unwrap();
    let ids: Vec<_> = credentials.iter().map(|c| c.access_key_id.as_str()).collect();
    assert_eq!(ids, ["AKIA1", "AKIA2"]);
    assert_eq!(credentials[1].secret.expose_secret(), b"AKIA2");
    assert!(credentials[1].enabled && credentials[1].name == "till");
    assert_eq!(credentials[1].created, Timestamp::from_milliseconds(7));
}

#[test]
fn credentials_change_all_or_none_and_rest_on_a_version() {
    let place = Place::new();
    let store = place.open();
    let credential = |id: &str| {
        let secret = SecretKey::copied_from(id.as_bytes()).unwrap();
        Credential::new(id.to_owned(), secret, "till".to_owned(), Timestamp::from_milliseconds(7))
    };
    wait(store.add_credential(credential("AKIA1"))).unwrap();
    let mut former = wait(store.credentials()).unwrap().remove(0);
    assert_eq!((former.version, former.role, former.ends), (1, Role::Member, None));
    former.ends = Some(Timestamp::from_milliseconds(9));
    wait(store.put_credentials(vec![credential("AKIA2"), former])).unwrap();

    let mut stale = credential("AKIA1");
    stale.version = 1;
    stale.enabled = false;
    let outcome = wait(store.put_credentials(vec![credential("AKIA3"), stale]));
    assert_eq!(outcome, Err(CommitError::Conflict));
    let mut unknown = credential("AKIA4");
    unknown.version = 1;
    assert_eq!(wait(store.put_credentials(vec![unknown])), Err(CommitError::Conflict));
    drop(store);

    let credentials = wait(place.open().credentials()).unwrap();
    let found: Vec<_> =
        credentials.iter().map(|it| (it.access_key_id.as_str(), it.version, it.ends)).collect();
    let ends = Some(Timestamp::from_milliseconds(9));
    assert_eq!(found, [("AKIA1", 2, ends), ("AKIA2", 1, None)]);
    assert!(credentials[0].enabled);
}
