//! Reads of one consistent state.

use std::sync::LazyLock;

use export_api::ports::{Alias, AliasPage, KeyPage, KeyReference, StoredIdentity, StoredKey};
use export_api::{
    AliasName, Identity, IdentityName, Key, KeyArn, KeyState, Named, Timestamp, TokenKind,
};
use key_types::SecretKey;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row};

use super::rotation;
use super::row::{open_row, stored};
use crate::Credential;
use crate::credential::CredentialRecord;
use crate::failure::Failure;
use crate::key_ring::KeyRing;
use crate::record::{Record, in_order, is_in_order};

const KEY: &str = "SELECT arn, version, record, store_key, sealed, state, delete_due FROM keys \
    WHERE arn = ?1";
const KEYS: &str = "SELECT arn, version, record, store_key, sealed, state, delete_due FROM keys \
    WHERE arn > ?1 ORDER BY arn LIMIT ?2";
const KEYS_IN_STATE: &str = "SELECT arn, version, record, store_key, sealed, state, delete_due \
    FROM keys WHERE arn > ?1 AND state = ?3 ORDER BY arn LIMIT ?2";
const KEYS_DUE: &str = "SELECT arn, version, record, store_key, sealed, state, delete_due \
    FROM keys INDEXED BY keys_by_due WHERE state = 'DELETE_PENDING' AND delete_due <= ?1 \
    ORDER BY delete_due LIMIT ?2";
/// Walks an index of the states alone.
const KEY_COUNTS: &str = "SELECT state, count(*) FROM keys INDEXED BY keys_by_state GROUP BY state";
const ALIAS: &str = "SELECT name, version, record, store_key, sealed, target FROM aliases \
    WHERE name = ?1";
const ALIASES: &str = "SELECT name, version, record, store_key, sealed, target FROM aliases \
    WHERE name > ?1 ORDER BY name LIMIT ?2";
const ALIASES_OF_KEY: &str = "SELECT name, version, record, store_key, sealed, target \
    FROM aliases WHERE name > ?1 AND target = ?3 ORDER BY name LIMIT ?2";
const CREDENTIALS: &str = "SELECT access_key_id, version, record, store_key, sealed \
    FROM credentials ORDER BY access_key_id";
const IDENTITY: &str = "SELECT name, version, record, store_key, sealed, valid_until, \
    token_algorithm FROM identities WHERE name = ?1";
const LATEST_TOKEN: &str = "SELECT name, version, record, store_key, sealed, valid_until, \
    token_algorithm FROM identities INDEXED BY identities_by_token \
    WHERE token_algorithm = ?1 ORDER BY valid_until DESC LIMIT 1";
const IDENTITIES_DUE: &str = "SELECT name, version, record, store_key, sealed, valid_until, \
    token_algorithm FROM identities INDEXED BY identities_by_end WHERE valid_until <= ?1 \
    ORDER BY valid_until LIMIT ?2";

// Keys and aliases stand in two trees each, the table and an index. What one damaged page hides
// in the table, the index still shows, so that "not there" and "not found" can be told apart.

/// Counts the keys after one ARN, up to another, in the index.
static KEYS_IN_INDEX: LazyLock<String> = LazyLock::new(|| {
    let states: Vec<String> = KeyState::table().map(|(name, _)| format!("'{name}'")).collect();
    format!(
        "SELECT count(*) FROM keys INDEXED BY keys_by_state \
            WHERE state IN ({}) AND arn > ?1 AND arn <= ?2",
        states.join(", "),
    )
});
const ALIASES_IN_INDEX: &str = "SELECT count(*) FROM aliases INDEXED BY aliases_by_name \
    WHERE name > ?1 AND name <= ?2";
const CREDENTIALS_IN_INDEX: &str =
    "SELECT count(*) FROM credentials INDEXED BY credentials_by_id WHERE access_key_id > ''";
const KEY_IN_INDEX: &str = "SELECT count(*) FROM keys INDEXED BY keys_by_state \
    WHERE state = ?1 AND arn = ?2";
const ALIAS_IN_INDEX: &str = "SELECT count(*) FROM aliases INDEXED BY aliases_by_name \
    WHERE name = ?1";
const IDENTITY_IN_INDEX: &str = "SELECT count(*) FROM identities INDEXED BY identities_by_name \
    WHERE name = ?1";

/// Sorts after every name there is.
const END: &str = "\u{10FFFF}";

/// One consistent state of the store.
#[derive(Clone, Copy)]
pub(super) struct Snapshot<'a> {
    connection: &'a Connection,
    keys: &'a KeyRing,
}

impl<'a> Snapshot<'a> {
    /// The state that a transaction of this connection sees.
    pub(super) const fn of(connection: &'a Connection, keys: &'a KeyRing) -> Self {
        Self { connection, keys }
    }

    /// The key of a reference with its secret, which a destroyed key does not have.
    pub(super) fn key(
        &self,
        reference: &KeyReference,
    ) -> Result<Option<(Key, Option<SecretKey>)>, Failure> {
        match reference {
            KeyReference::Arn(arn) => self.key_by_arn(arn),
            KeyReference::Alias(name) => {
                let Some(alias) = self.alias(name)? else { return Ok(None) };
                let Some(target) = alias.target() else { return Ok(None) };
                // Records of keys are never removed.
                self.key_by_arn(target)?.ok_or(Failure::Damaged).map(Some)
            }
            // A kind of reference this release does not know.
            _ => Ok(None),
        }
    }

    pub(super) fn open_key(&self, reference: &KeyReference) -> Result<Option<StoredKey>, Failure> {
        let Some((key, secret)) = self.key(reference)? else { return Ok(None) };
        Ok(secret.map(|secret| StoredKey::new(key, secret)))
    }

    pub(super) fn key_by_arn(
        &self,
        arn: &KeyArn,
    ) -> Result<Option<(Key, Option<SecretKey>)>, Failure> {
        let found = self.one(KEY, arn.as_str())?;
        if found.is_none() {
            for (state, _) in KeyState::table() {
                self.expect_count(KEY_IN_INDEX, (state, arn.as_str()), 0)?;
            }
        }
        Ok(found)
    }

    pub(super) fn keys(&self, page: &KeyPage) -> Result<Vec<Key>, Failure> {
        let after = page.after.as_ref().map_or("", KeyArn::as_str);
        let limit = limit(page.limit);
        if let Some(state) = page.state {
            let keys = self.all(KEYS_IN_STATE, (after, limit, state.name()))?;
            return in_order(after, keys);
        }
        let keys = in_order(after, self.all(KEYS, (after, limit))?)?;
        let to = end_of_page(after, &keys, page.limit);
        self.expect_count(&KEYS_IN_INDEX, (after, to), keys.len())?;
        Ok(keys)
    }

    pub(super) fn keys_due(&self, now: Timestamp, most: usize) -> Result<Vec<Key>, Failure> {
        let now = i64::try_from(now.milliseconds()).unwrap_or(i64::MAX);
        self.all(KEYS_DUE, (now, limit(most)))
    }

    pub(super) fn key_counts(&self) -> Result<Vec<(KeyState, u64)>, Failure> {
        self.rows(KEY_COUNTS, [], |row| {
            let state = KeyState::from_name(&row.get::<_, String>(0)?).ok_or(Failure::Damaged)?;
            let count = u64::try_from(row.get::<_, i64>(1)?).map_err(|_| Failure::Damaged)?;
            Ok((state, count))
        })
    }

    pub(super) fn alias(&self, name: &AliasName) -> Result<Option<Alias>, Failure> {
        let found = self.one(ALIAS, name.as_str())?;
        if found.is_none() {
            self.expect_count(ALIAS_IN_INDEX, [name.as_str()], 0)?;
        }
        Ok(found.map(|(alias, _)| alias))
    }

    pub(super) fn aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, Failure> {
        let after = page.after.as_ref().map_or("", AliasName::as_str);
        let limit = limit(page.limit);
        if let Some(target) = &page.target {
            let aliases = self.all(ALIASES_OF_KEY, (after, limit, target.as_str()))?;
            return in_order(after, aliases);
        }
        let aliases = in_order(after, self.all(ALIASES, (after, limit))?)?;
        let to = end_of_page(after, &aliases, page.limit);
        self.expect_count(ALIASES_IN_INDEX, (after, to), aliases.len())?;
        Ok(aliases)
    }

    /// The identity of a name with its private key, if it has one of its own.
    pub(super) fn identity(&self, name: &IdentityName) -> Result<Option<StoredIdentity>, Failure> {
        let found = self.one(IDENTITY, name.as_str())?;
        if found.is_none() {
            self.expect_count(IDENTITY_IN_INDEX, [name.as_str()], 0)?;
        }
        Ok(found.map(|(identity, private_key)| StoredIdentity::new(identity, private_key)))
    }

    pub(super) fn latest_token(&self, kind: TokenKind) -> Result<Option<Identity>, Failure> {
        Ok(self.all(LATEST_TOKEN, [kind.to_string()])?.pop())
    }

    pub(super) fn identities_due(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Identity>, Failure> {
        let now = i64::try_from(now.milliseconds()).unwrap_or(i64::MAX);
        self.all(IDENTITIES_DUE, (now, limit(most)))
    }

    pub(super) fn credentials(&self) -> Result<Vec<Credential>, Failure> {
        let records = self.rows(CREDENTIALS, (), |row| {
            let (record, secret) = self.open::<CredentialRecord>(row)?;
            Ok((record, secret.ok_or(Failure::Damaged)?))
        })?;
        if !is_in_order("", records.iter().map(|(record, _)| record.id())) {
            return Err(Failure::Damaged);
        }
        self.expect_count(CREDENTIALS_IN_INDEX, (), records.len())?;
        Ok(records.into_iter().map(|(record, secret)| record.with_secret(secret)).collect())
    }

    fn one<R: Record>(
        &self,
        sql: &str,
        name: &str,
    ) -> Result<Option<(R, Option<SecretKey>)>, Failure> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query([name])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (record, secret) = self.open::<R>(row)?;
        // A damaged tree can lead to another record than the one that was asked for.
        if record.id() != name {
            return Err(Failure::Damaged);
        }
        Ok(Some((record, secret)))
    }

    /// Records in the order of the statement, their secrets authenticated and wiped again.
    fn all<R: Record>(&self, sql: &str, parameters: impl Params) -> Result<Vec<R>, Failure> {
        self.rows(sql, parameters, |row| Ok(self.open(row)?.0))
    }

    /// Opens the record of a row; a store key that is not known yet is looked for in the store.
    pub(super) fn open<R: Record>(&self, row: &Row<'_>) -> Result<(R, Option<SecretKey>), Failure> {
        let number = stored(row)?.store_key;
        let mut keys = self.keys.current();
        if keys.numbered(number).is_none() {
            keys = rotation::learn(self.connection, self.keys)?;
        }
        open_row(row, &keys)
    }

    pub(super) fn rows<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    fn expect_count(
        &self,
        sql: &str,
        parameters: impl Params,
        expected: usize,
    ) -> Result<(), Failure> {
        let mut statement = self.prepare(sql)?;
        let found: Option<i64> = statement.query_row(parameters, |row| row.get(0)).optional()?;
        if found.map(usize::try_from) == Some(Ok(expected)) {
            return Ok(());
        }
        Err(Failure::Damaged)
    }

    fn prepare(&self, sql: &str) -> Result<CachedStatement<'a>, Failure> {
        Ok(self.connection.prepare_cached(sql)?)
    }
}

/// The last id that a page covers: a page that is not full goes to the end of all.
fn end_of_page<'a, R: Record>(after: &'a str, page: &'a [R], limit: usize) -> &'a str {
    if page.len() < limit { END } else { page.last().map_or(after, R::id) }
}

fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::schema::MIGRATIONS;

    #[test]
    fn no_query_walks_a_whole_table_or_sorts() {
        let connection = Connection::open_in_memory().unwrap();
        for migration in MIGRATIONS {
            connection.execute_batch(migration).unwrap();
        }
        let plan = |sql: &str| {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            for parameter in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(parameter, 1).unwrap();
            }
            let mut rows = statement.raw_query();
            let mut plan = String::new();
            while let Some(row) = rows.next().unwrap() {
                plan += &row.get::<_, String>(3).unwrap();
            }
            plan
        };
        for (sql, expected) in [
            (KEY, "PRIMARY KEY (arn=?)"),
            (KEYS, "PRIMARY KEY (arn>?)"),
            (KEYS_IN_STATE, "keys_by_state (state=? AND arn>?)"),
            (KEYS_DUE, "keys_by_due (delete_due<?)"),
            (ALIAS, "PRIMARY KEY (name=?)"),
            (ALIASES, "PRIMARY KEY (name>?)"),
            (ALIASES_OF_KEY, "aliases_by_target (target=? AND name>?)"),
            (&KEYS_IN_INDEX, "COVERING INDEX keys_by_state (state=? AND arn>? AND arn<?)"),
            (KEY_IN_INDEX, "COVERING INDEX keys_by_state (state=? AND arn=?)"),
            (ALIASES_IN_INDEX, "COVERING INDEX aliases_by_name (name>? AND name<?)"),
            (ALIAS_IN_INDEX, "COVERING INDEX aliases_by_name (name=?)"),
            (IDENTITY, "PRIMARY KEY (name=?)"),
            (LATEST_TOKEN, "identities_by_token (token_algorithm=?)"),
            (IDENTITIES_DUE, "identities_by_end (valid_until<?)"),
            (IDENTITY_IN_INDEX, "COVERING INDEX identities_by_name (name=?)"),
            (CREDENTIALS_IN_INDEX, "COVERING INDEX credentials_by_id (access_key_id>?)"),
        ] {
            let plan = plan(sql);
            assert!(plan.starts_with("SEARCH") && plan.ends_with(expected), "{sql}: {plan}");
        }
    }
}
