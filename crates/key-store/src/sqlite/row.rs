//! Rows of a table of records.

use key_types::SecretKey;
use rusqlite::Row;

use crate::failure::Failure;
use crate::record::{
    self, Broken, Derived, ID, RECORD, Record, SEALED, STORE_KEY, StoredRecord, VERSION,
};
use crate::seal::StoreKeys;

/// Opens the record of a row and holds the derived columns against it.
pub(super) fn open_row<R: Record>(
    row: &Row<'_>,
    keys: &StoreKeys,
) -> Result<(R, Option<SecretKey>), Failure> {
    record::open_row(stored(row)?, keys, |column, expected| {
        Ok(match expected {
            Derived::Text(_) => Derived::Text(row.get(column)?),
            Derived::Number(_) => Derived::Number(row.get(column)?),
        })
    })
}

/// Takes a record from a row whose columns begin with those of every record.
pub(super) fn stored<'a>(row: &'a Row<'_>) -> Result<StoredRecord<'a>, Failure> {
    let text = |column| {
        let text = row.get_ref(column)?.as_str();
        text.map_err(|_| Failure::Damaged)
    };
    Ok(StoredRecord {
        id: text(ID)?,
        version: u64::try_from(row.get::<_, i64>(VERSION)?).map_err(|_| Broken)?,
        record: text(RECORD)?,
        store_key: row.get(STORE_KEY)?,
        sealed: row.get_ref(SEALED)?.as_blob().map_err(|_| Broken)?,
    })
}
