//! A store as it is at one moment, in a file, and such a file in an empty database: rows are carried
//! over as they are, sealed, and no key is needed.

use std::path::Path;

use rusqlite::types::Value;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, GenericClient, IsolationLevel, Row, Statement, Transaction};

use super::worker::Worker;
use super::{PostgresStore, PostgresUrl, schema, session};
use crate::Error;
use crate::resealing::TABLES;
use crate::sqlite::{RawFile, Rows, STORE_KEYS};

/// How many rows are read at a time.
const PAGE: i64 = 500;

impl PostgresStore {
    /// Copies the store in a database, as it is at one moment, to a file that is not there yet; any
    /// number of servers may write to the store all the while.
    ///
    /// The file is the database of an embedded store, with the same seals: under the name
    /// [`DATABASE_FILE`](crate::SqliteStore::DATABASE_FILE) the same root key opens it. No key is
    /// needed to make it. It is on the disk when this returns, and has mode 0600.
    ///
    /// # Errors
    ///
    /// [`Error::NoStore`], [`Error::Newer`], [`Error::Directory`] if the file is there or cannot be
    /// made, and [`Error::Database`].
    pub fn back_up(url: &PostgresUrl, to: &Path) -> Result<(), Error> {
        let worker = Worker::start().map_err(|source| Error::Thread { source })?;
        worker.run_here(async { back_up(&mut session::connect(url).await?, to).await })
    }

    /// Fills a database in which there is no store with what [`back_up`](Self::back_up) or
    /// [`SqliteStore::copy`](crate::SqliteStore::copy) copied to a file, whole or not at all.
    ///
    /// Everything is read back and compared before it takes effect. What is sealed stays sealed, and
    /// whether it opens is for the caller to see.
    ///
    /// # Errors
    ///
    /// [`Error::NotEmpty`] if there is a store, [`Error::Newer`], [`Error::Damaged`] if what is read
    /// back is not what is in the file, and [`Error::Database`].
    pub fn restore(url: &PostgresUrl, from: &Path) -> Result<(), Error> {
        let worker = Worker::start().map_err(|source| Error::Thread { source })?;
        worker.run_here(async { restore(&mut session::connect(url).await?, from).await })
    }
}

async fn back_up(client: &mut Client, to: &Path) -> Result<(), Error> {
    schema::root_key_id(client).await?.ok_or(Error::NoStore)?;
    let begin = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
    let transaction = begin.read_only(true).start().await?;
    let found = schema::version(&transaction).await?;
    let file = RawFile::create(to, found)?;
    file.add_store_keys(&rows(&transaction, STORE_KEYS, &[]).await?)?;
    for table in &TABLES {
        if !file.has(table)? {
            // The schema is older than the table.
            continue;
        }
        let mut after = String::new();
        loop {
            let page = rows(&transaction, table.page, &[&after, &PAGE]).await?;
            let Some(last) = last_name(&page) else { break };
            after = last;
            file.add(table.insert, &page)?;
        }
    }
    file.finish(to)
}

async fn restore(client: &mut Client, from: &Path) -> Result<(), Error> {
    let file = RawFile::open(from)?;
    let begin = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted);
    let transaction = begin.start().await?;
    schema::make(&transaction, file.schema()?).await?;
    let store_keys = file.rows(STORE_KEYS, &[])?;
    let insert = transaction.prepare(schema::INSERT_STORE_KEY).await?;
    add(&transaction, &insert, &store_keys).await?;
    expect_same(&store_keys, &rows(&transaction, STORE_KEYS, &[]).await?)?;
    for table in &TABLES {
        if !file.has(table)? {
            continue;
        }
        let insert = transaction.prepare(table.insert).await?;
        let mut after = String::new();
        loop {
            let page =
                file.rows(table.page, &[Value::Text(after.clone()), Value::Integer(PAGE)])?;
            add(&transaction, &insert, &page).await?;
            expect_same(&page, &rows(&transaction, table.page, &[&after, &PAGE]).await?)?;
            let Some(last) = last_name(&page) else { break };
            after = last;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// The name of the last record of a page.
fn last_name(page: &Rows) -> Option<String> {
    match page.last()?.first()? {
        Value::Text(name) => Some(name.clone()),
        _ => None,
    }
}

fn expect_same(written: &Rows, found: &Rows) -> Result<(), Error> {
    if written == found { Ok(()) } else { Err(Error::Damaged) }
}

/// The rows that a statement finds, as they are.
async fn rows(
    client: &impl GenericClient,
    select: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Rows, Error> {
    let rows = client.query(select, parameters).await?;
    rows.iter().map(|row| (0..row.len()).map(|column| value(row, column)).collect()).collect()
}

fn value(row: &Row, column: usize) -> Result<Value, Error> {
    let kind = row.columns().get(column).map(|column| column.type_().clone());
    let value = match kind {
        Some(Type::TEXT) => row.try_get::<_, Option<String>>(column)?.map(Value::Text),
        Some(Type::INT8) => row.try_get::<_, Option<i64>>(column)?.map(Value::Integer),
        Some(Type::BYTEA) => row.try_get::<_, Option<Vec<u8>>>(column)?.map(Value::Blob),
        _ => return Err(Error::Damaged),
    };
    Ok(value.unwrap_or(Value::Null))
}

/// Adds rows by a statement.
async fn add(transaction: &Transaction<'_>, insert: &Statement, rows: &Rows) -> Result<(), Error> {
    for row in rows {
        let parameters = row.iter().zip(insert.params()).map(parameter);
        transaction.execute_raw(insert, parameters).await?;
    }
    Ok(())
}

/// A value as a parameter of a type.
fn parameter((value, kind): (&Value, &Type)) -> Box<dyn ToSql + Sync + Send> {
    match value {
        Value::Text(text) => Box::new(text.clone()),
        Value::Integer(number) => Box::new(*number),
        Value::Blob(bytes) => Box::new(bytes.clone()),
        // Which type nothing is of has to be said, too.
        Value::Null if *kind == Type::INT8 => Box::new(None::<i64>),
        Value::Null => Box::new(None::<String>),
        Value::Real(fraction) => Box::new(*fraction),
    }
}
