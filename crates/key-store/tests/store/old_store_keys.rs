//! Old store keys of a shared store, which stay while any server seals under them.

use export_api::ports::CommitError;

use crate::rotation::reseal_all;
use crate::support::*;

on_postgres!(a_store_key_stays_while_an_unfinished_transaction_seals_under_it);

/// Another server that has written and not committed yet is waited for, but not for ever.
fn a_store_key_stays_while_an_unfinished_transaction_seals_under_it(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    (0..4).for_each(|number| store.write(vec![create(number)]).unwrap());
    wait(store.add_store_key()).unwrap();
    let columns = "version, record, store_key, sealed, state, delete_due";
    let unfinished = place.unfinished(&format!(
        "INSERT INTO keys (arn, {columns}) SELECT '{}', {columns} FROM keys WHERE arn = '{}'",
        arn(9).as_str(),
        arn(0).as_str(),
    ));
    assert_eq!(reseal_all(&store).found(), 4);
    assert_eq!(wait(store.delete_old_store_keys()), Err(CommitError::Conflict));
    // Others write all the while, and what is locked is left alone.
    store.write(vec![create(4)]).unwrap();
    unfinished.roll_back();
    wait(store.delete_old_store_keys()).unwrap();
    let locked = place.unfinished("SELECT arn FROM keys ORDER BY arn LIMIT 1 FOR UPDATE");
    wait(store.add_store_key()).unwrap();
    assert_eq!(reseal_all(&store).found(), 4);
    assert_eq!(wait(store.delete_old_store_keys()), Err(CommitError::Conflict));
    locked.roll_back();
    assert_eq!(reseal_all(&store).found(), 1);
    wait(store.delete_old_store_keys()).unwrap();
    assert_eq!(wait(store.store_keys()).unwrap(), [3]);
}
