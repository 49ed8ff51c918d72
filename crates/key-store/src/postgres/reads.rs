//! Reads, each one statement and so of one consistent state.

use std::sync::LazyLock;

use deadpool_postgres::Object;
use export_api::ports::{Alias, AliasPage, KeyPage, KeyReference, StoredIdentity};
use export_api::{
    AliasName, Identity, IdentityName, Key, KeyArn, KeyState, Named, Timestamp, TokenKind,
};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::failure::Fault;
use super::row::open_row;
use crate::Credential;
use crate::credential::CredentialRecord;
use crate::failure::Failure;
use crate::record::{DERIVED, Opened, Record, in_order, is_in_order};
use crate::seal::StoreKeys;
use crate::table::Table;

const KEYS_IN_STATE: &str = "SELECT arn, version, record, store_key, sealed, state, delete_due \
    FROM keys WHERE arn > $1 AND state = $3 ORDER BY arn LIMIT $2";
const KEYS_DUE: &str = "SELECT arn, version, record, store_key, sealed, state, delete_due \
    FROM keys WHERE state = 'DELETE_PENDING' AND delete_due <= $1 ORDER BY delete_due LIMIT $2";
const KEY_COUNTS: &str = "SELECT state, count(*) FROM keys GROUP BY state ORDER BY state";
const ALIASES_OF_KEY: &str = "SELECT name, version, record, store_key, sealed, target \
    FROM aliases WHERE name > $1 AND target = $3 ORDER BY name LIMIT $2";
const LATEST_TOKEN: &str = "SELECT name, version, record, store_key, sealed, valid_until, \
    token_algorithm FROM identities WHERE token_algorithm = $1 \
    ORDER BY valid_until DESC LIMIT 1";
const IDENTITIES_DUE: &str = "SELECT name, version, record, store_key, sealed, valid_until, \
    token_algorithm FROM identities WHERE valid_until <= $1 ORDER BY valid_until LIMIT $2";
const CREDENTIALS: &str = "SELECT access_key_id, version, record, store_key, sealed \
    FROM credentials ORDER BY access_key_id";

/// How many columns an alias has; those of a key follow them in [`REFERENCES`].
const ALIAS_COLUMNS: usize = DERIVED + 1;

/// Aliases with the keys they point to, and keys: what references of both kinds name.
static REFERENCES: LazyLock<String> = LazyLock::new(|| {
    let key = "k.arn, k.version, k.record, k.store_key, k.sealed, k.state, k.delete_due";
    format!(
        "SELECT a.name, a.version, a.record, a.store_key, a.sealed, a.target, {key} \
            FROM aliases a LEFT JOIN keys k ON k.arn = a.target WHERE a.name = ANY($1) \
        UNION ALL SELECT CAST(NULL AS TEXT), CAST(NULL AS BIGINT), CAST(NULL AS TEXT), \
            CAST(NULL AS BIGINT), CAST(NULL AS BYTEA), CAST(NULL AS TEXT), {key} \
            FROM keys k WHERE k.arn = ANY($2)"
    )
});

/// A connection to read from, and what opens the records.
pub(super) struct Reader<'a> {
    pub(super) client: &'a Object,
    pub(super) keys: &'a StoreKeys,
}

impl Reader<'_> {
    /// The keys of references with their secrets, which destroyed keys do not have.
    pub(super) async fn references(
        &self,
        references: &[KeyReference],
    ) -> Result<Vec<Option<Opened<Key>>>, Fault> {
        let (mut names, mut arns) = (Vec::new(), Vec::new());
        for reference in references {
            match reference {
                KeyReference::Arn(arn) => arns.push(arn.as_str()),
                KeyReference::Alias(name) => names.push(name.as_str()),
                // A kind of reference this release does not know finds nothing.
                _ => (),
            }
        }
        let rows = self.rows(&REFERENCES, &[&names, &arns]).await?;
        references.iter().map(|reference| self.referenced(reference, &rows)).collect()
    }

    fn referenced(
        &self,
        reference: &KeyReference,
        rows: &[Row],
    ) -> Result<Option<Opened<Key>>, Fault> {
        let has = |row: &Row, column, wanted| {
            row.try_get::<_, Option<&str>>(column).is_ok_and(|found| found == Some(wanted))
        };
        let (row, arn) = match reference {
            KeyReference::Arn(arn) => {
                let is_alias = |row: &Row| !matches!(row.try_get(0), Ok(None::<&str>));
                let mut rows = rows.iter();
                let row = rows.find(|row| !is_alias(row) && has(row, ALIAS_COLUMNS, arn.as_str()));
                (row, arn.clone())
            }
            KeyReference::Alias(name) => {
                let Some(row) = rows.iter().find(|row| has(row, 0, name.as_str())) else {
                    return Ok(None);
                };
                let (alias, _) = open_row::<Alias>(row, 0, self.keys)?;
                let Some(target) = alias.target() else { return Ok(None) };
                (Some(row), target.clone())
            }
            _ => return Ok(None),
        };
        let Some(row) = row else { return Ok(None) };
        // Records of keys are never removed, so that one an alias points to is there.
        let (key, secret) = open_row::<Key>(row, ALIAS_COLUMNS, self.keys)?;
        if *key.arn() != arn {
            return Err(Failure::Damaged.into());
        }
        Ok(Some((key, secret)))
    }

    pub(super) async fn keys(&self, page: &KeyPage) -> Result<Vec<Key>, Fault> {
        let after = page.after.as_ref().map_or("", KeyArn::as_str);
        let limit = limit(page.limit);
        let keys = match page.state {
            Some(state) => self.all(KEYS_IN_STATE, &[&after, &limit, &state.name()]).await?,
            None => self.all(Key::PAGE, &[&after, &limit]).await?,
        };
        Ok(in_order(after, keys)?)
    }

    pub(super) async fn keys_due(&self, now: Timestamp, most: usize) -> Result<Vec<Key>, Fault> {
        self.all(KEYS_DUE, &[&milliseconds(now), &limit(most)]).await
    }

    pub(super) async fn key_counts(&self) -> Result<Vec<(KeyState, u64)>, Fault> {
        let count = |row: &Row| {
            let state = KeyState::from_name(row.try_get(0).ok()?)?;
            Some((state, u64::try_from(row.try_get::<_, i64>(1).ok()?).ok()?))
        };
        let rows = self.rows(KEY_COUNTS, &[]).await?;
        let counts: Option<_> = rows.iter().map(count).collect();
        counts.ok_or(Failure::Damaged.into())
    }

    pub(super) async fn alias(&self, name: &AliasName) -> Result<Option<Alias>, Fault> {
        Ok(self.one(name.as_str()).await?.map(|(alias, _)| alias))
    }

    pub(super) async fn aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, Fault> {
        let after = page.after.as_ref().map_or("", AliasName::as_str);
        let limit = limit(page.limit);
        let aliases = match &page.target {
            Some(target) => self.all(ALIASES_OF_KEY, &[&after, &limit, &target.as_str()]).await?,
            None => self.all(Alias::PAGE, &[&after, &limit]).await?,
        };
        Ok(in_order(after, aliases)?)
    }

    /// The identity of a name with its private key, if it has one of its own.
    pub(super) async fn identity(
        &self,
        name: &IdentityName,
    ) -> Result<Option<StoredIdentity>, Fault> {
        let found = self.one(name.as_str()).await?;
        Ok(found.map(|(identity, private_key)| StoredIdentity::new(identity, private_key)))
    }

    pub(super) async fn latest_token(&self, kind: TokenKind) -> Result<Option<Identity>, Fault> {
        Ok(self.all(LATEST_TOKEN, &[&kind.to_string()]).await?.pop())
    }

    pub(super) async fn identities_due(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Identity>, Fault> {
        self.all(IDENTITIES_DUE, &[&milliseconds(now), &limit(most)]).await
    }

    pub(super) async fn credentials(&self) -> Result<Vec<Credential>, Fault> {
        let records = self.opened::<CredentialRecord>(CREDENTIALS, &[]).await?;
        if !is_in_order("", records.iter().map(|(record, _)| record.id())) {
            return Err(Failure::Damaged.into());
        }
        records
            .into_iter()
            .map(|(record, secret)| Ok(record.with_secret(secret.ok_or(Failure::Damaged)?)))
            .collect()
    }

    async fn one<R: Table>(&self, id: &str) -> Result<Option<Opened<R>>, Fault> {
        let found = self.opened::<R>(R::SELECT, &[&id]).await?.pop();
        match found {
            Some((record, _)) if record.id() != id => Err(Failure::Damaged.into()),
            found => Ok(found),
        }
    }

    /// Records in the order of the statement, their secrets authenticated and wiped again.
    async fn all<R: Record>(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<R>, Fault> {
        let rows = self.rows(sql, parameters).await?;
        rows.iter().map(|row| Ok(open_row(row, 0, self.keys)?.0)).collect()
    }

    /// Records in the order of the statement, with their secrets.
    pub(super) async fn opened<R: Record>(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Opened<R>>, Fault> {
        let rows = self.rows(sql, parameters).await?;
        rows.iter().map(|row| open_row(row, 0, self.keys)).collect()
    }

    async fn rows(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Fault> {
        let statement = self.client.prepare_cached(sql).await?;
        Ok(self.client.query(&statement, parameters).await?)
    }
}

pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn milliseconds(time: Timestamp) -> i64 {
    i64::try_from(time.milliseconds()).unwrap_or(i64::MAX)
}
