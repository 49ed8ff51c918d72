//! A walk through all records that seals those under older store keys anew.

use export_api::ports::{Alias, Randomness};
use export_api::{Identity, Key};

use crate::credential::CredentialRecord;
use crate::failure::Failure;
use crate::record::{SealedRecord, StoredRecord, reseal};
use crate::seal::StoreKeys;
use crate::table::Table;

/// A table of records, whatever they are.
pub(crate) struct SealedTable {
    pub(crate) name: &'static str,
    /// The column that names a record.
    pub(crate) id: &'static str,
    /// As [`Table::PAGE`].
    pub(crate) page: &'static str,
    /// As [`Table::INSERT`].
    pub(crate) insert: &'static str,
    pub(crate) reseal: Reseal,
}

type Reseal = fn(&StoredRecord<'_>, &StoreKeys, &dyn Randomness) -> Result<SealedRecord, Failure>;

/// Every table with seals, keys first because aliases point to them.
pub(crate) const TABLES: [SealedTable; 4] = [
    of::<Key>("keys", "arn"),
    of::<Alias>("aliases", "name"),
    of::<Identity>("identities", "name"),
    of::<CredentialRecord>("credentials", "access_key_id"),
];

const fn of<R: Table>(name: &'static str, id: &'static str) -> SealedTable {
    SealedTable { name, id, page: R::PAGE, insert: R::INSERT, reseal: reseal::<R> }
}

/// How far a walk through all records has come, which seals those under older store keys anew.
///
/// Begins with [`Resealing::default`].
#[derive(Clone, Debug, Default)]
pub struct Resealing {
    table: usize,
    after: String,
    found: u64,
    damaged: u64,
}

impl Resealing {
    /// How many records under older store keys were found so far.
    #[must_use]
    pub const fn found(&self) -> u64 {
        self.found
    }

    /// How many of them do not open, and so stay as they are.
    #[must_use]
    pub const fn damaged(&self) -> u64 {
        self.damaged
    }

    /// The table that is walked through; `None` at the end.
    pub(crate) fn table(&self) -> Option<&'static SealedTable> {
        TABLES.get(self.table)
    }

    /// The last record that was looked at in this table.
    pub(crate) fn after(&self) -> &str {
        &self.after
    }

    /// Seals a record anew under the newest store key and goes on after it; `None` if it is damaged.
    pub(crate) fn reseal(
        &mut self,
        stored: &StoredRecord<'_>,
        keys: &StoreKeys,
        randomness: &dyn Randomness,
    ) -> Result<Option<SealedRecord>, Failure> {
        let Some(table) = self.table() else { return Ok(None) };
        let sealed = match (table.reseal)(stored, keys, randomness) {
            Ok(sealed) => Some(sealed),
            Err(Failure::Damaged) => {
                tracing::error!(table = table.name, id = ?stored.id, "a record is damaged");
                self.damaged = self.damaged.saturating_add(1);
                None
            }
            Err(failure) => return Err(failure),
        };
        self.found = self.found.saturating_add(1);
        stored.id.clone_into(&mut self.after);
        Ok(sealed)
    }

    /// Goes on with the next table.
    pub(crate) fn end_table(&mut self) {
        self.table = self.table.saturating_add(1);
        self.after.clear();
    }
}
