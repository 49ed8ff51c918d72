//! A database with a password, and what is in it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use tokio_postgres::types::{FromSql, Type};

use super::scanner::Form;
use super::traffic::distinctive_text;
use super::watched::Places;
use crate::postgres::schema::{Schema, with_client};
use crate::program::private_file;

const PASSWORD: &str = "password";
const OTHER_PASSWORD: &str = "password of another database";

/// A schema of a database that does not ask for the password which the program finds for it.
pub(super) struct Database {
    pub(super) schema: Schema,
    passwords: PathBuf,
}

impl Database {
    /// With its password in a file beside others.
    pub(super) fn new(schema: Schema, directory: &Path) -> Self {
        let [password, other] = [PASSWORD, OTHER_PASSWORD].map(distinctive_text);
        let lines = format!("elsewhere:*:*:*:{other}\n*:*:*:*:{password}\n");
        Self { schema, passwords: private_file(directory, "passwords", &lines) }
    }

    /// Tells a command where the store is.
    pub(super) fn settle(&self, command: &mut Command) {
        command.args(["--store", &self.schema.url()]).env("PGPASSFILE", &self.passwords);
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = (&'static str, Vec<u8>)> {
        [PASSWORD, OTHER_PASSWORD].into_iter().map(|name| (name, distinctive_text(name).into()))
    }

    /// How often something secret may be in memory.
    pub(super) fn most_held(name: &str, form: Form) -> usize {
        match (name, form) {
            // What makes connections anew: the settings, the store, and what of the library was
            // there when each of the eight connections was made.
            (PASSWORD, Form::Raw) => 10,
            _ => 0,
        }
    }
}

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
