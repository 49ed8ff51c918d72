//! What is in a schema, as the database keeps it.

use std::error::Error;

use tokio_postgres::types::{FromSql, Type};

use super::watched::Places;
use crate::postgres::schema::{Schema, with_client};

impl Schema {
    /// How the content calls what is planted.
    pub(crate) const PLANTED: &str = "planted.content";

    /// Puts something into a table of its own.
    pub(crate) fn plant(&self, content: &[u8]) {
        let content = base16ct::lower::encode_string(content);
        let sql = format!(
            "CREATE TABLE {}.planted AS SELECT '\\x{content}'::bytea AS content",
            self.name
        );
        with_client(async |client| client.batch_execute(&sql).await.unwrap());
    }

    /// The values of all tables, by table and column, as the database sends them in binary: text
    /// and bytes are as they are.
    pub(crate) fn content(&self) -> Places {
        let tables = "SELECT tablename FROM pg_tables WHERE schemaname = $1";
        with_client(async |client| {
            let mut content = Vec::new();
            for table in client.query(tables, &[&self.name]).await.unwrap() {
                let table: &str = table.get(0);
                let rows = format!("SELECT * FROM {}.{table}", self.name);
                for row in client.query(&rows, &[]).await.unwrap() {
                    for (index, column) in row.columns().iter().enumerate() {
                        let value = row.get::<_, Option<Sent>>(index);
                        let value = value.map(|Sent(bytes)| bytes).unwrap_or_default();
                        content.push((format!("{table}.{}", column.name()), value));
                    }
                }
            }
            content
        })
    }
}

/// A value of any type, as it comes.
struct Sent(Vec<u8>);

impl<'a> FromSql<'a> for Sent {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
