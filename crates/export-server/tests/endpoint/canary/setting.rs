//! Where the program keeps its records and its root key, and what of it may be in its memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use export_server::randomness::OsRandomness;
use key_store::{RootKeySource, Store, StoreLocation};
use tempfile::TempDir;

use super::database::Database;
#[cfg(feature = "pkcs11")]
use super::root_key::PinFrom;
use super::root_key::{KEY_SCHEDULES, RootKey};
use super::scanner::{Find, Form};
use super::store_key::{STORE_KEY, unwrapped};
use super::watched::{Places, files};
use crate::postgres::schema::Schema;
use crate::program::{program, serve};

/// How the names of the numbers begin that make up private RSA keys.
pub(super) const PRIVATE: &str = "private";
const PLANTED_FILE: &str = "planted";

/// How often a number of a private RSA key that was used may be in memory.
fn most_private() -> usize {
    // Two parsed keys, each with the number and with what is prepared for computing with it.
    let held = 4;
    if cfg!(feature = "aws-lc") {
        return held;
    }
    // The crate `rsa` prepares it anew for each operation and does not wipe it, so that more lies
    // in memory that is free. The allocator gives that out again: after 10,000 exports there is
    // half as much more as after 1,000. But each thread for RSA has memory of its own.
    held + 16 * thread::available_parallelism().map_or(1, usize::from)
}

/// Where a round is held.
pub(super) struct Setting {
    pub(super) exports: usize,
    place: TempDir,
    /// What the program is given, and does not write to.
    given: TempDir,
    database: Option<Database>,
    root_key: RootKey,
}

impl Setting {
    /// A store in a file, with its root key beside it.
    pub(super) fn new(exports: usize) -> Self {
        let [place, given] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        Self { exports, place, given, database: None, root_key: RootKey::Usual }
    }

    /// The store in a database instead.
    pub(super) fn with_database(self, schema: Schema) -> Self {
        Self { database: Some(Database::new(schema, self.given.path())), ..self }
    }

    /// The root key from a passphrase instead.
    pub(super) fn with_passphrase(self) -> Self {
        Self { root_key: RootKey::of_passphrase(self.given.path()), ..self }
    }

    /// The root key in a token instead.
    #[cfg(feature = "pkcs11")]
    pub(super) fn with_token(self, pin_from: PinFrom) -> Self {
        let root_key = RootKey::in_token(self.place.path(), self.given.path(), pin_from);
        Self { root_key, ..self }
    }

    /// A directory in which everything is looked through.
    pub(super) fn place(&self) -> &Path {
        self.place.path()
    }

    fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    pub(super) fn serve(&self) -> Command {
        self.settled(serve(&self.data()))
    }

    /// A command that is told where store and root key are.
    fn settled(&self, mut command: Command) -> Command {
        if let Some(database) = &self.database {
            database.settle(&mut command);
        }
        self.root_key.settle(&mut command);
        command
    }

    /// Puts something where it must be found.
    pub(super) fn plant(&self, content: &[u8]) {
        fs::write(self.place.path().join(PLANTED_FILE), content).unwrap();
        if let Some(Database { schema, .. }) = &self.database {
            schema.plant(content);
        }
    }

    /// How the places end where that was put.
    pub(super) fn planted(&self) -> impl Iterator<Item = &'static str> {
        let column = self.database.as_ref().map(|_| Schema::PLANTED);
        [PLANTED_FILE].into_iter().chain(column)
    }

    /// All files, and the database where there is one.
    pub(super) fn content(&self) -> Places {
        let mut content = files(self.place.path());
        assert!(content.len() > 3, "audit trail, log, what is planted and store or root key");
        content.extend(self.database.iter().flat_map(|it| it.schema.content()));
        content
    }

    /// A column of the one row of store keys.
    fn of_store_key(&self, column: &str) -> Vec<u8> {
        if let Some(Database { schema, .. }) = &self.database {
            let name = format!("store_keys.{column}");
            let content = schema.content();
            return content.into_iter().find(|(found, _)| *found == name).unwrap().1;
        }
        let database = rusqlite::Connection::open(self.data().join("keys.sqlite3")).unwrap();
        let query = format!("SELECT {column} FROM store_keys");
        database.query_row(&query, (), |row| row.get(0)).unwrap()
    }

    /// Opens the store once all is over, and answers what is secret about its keys.
    ///
    /// The store has another root key afterwards, which is known.
    pub(super) fn opened(&self) -> (Store, Vec<(&'static str, Vec<u8>)>) {
        let mut secrets = self.root_key.secrets(&self.data(), &self.of_store_key("root_key_id"));
        secrets.extend(self.database.iter().flat_map(Database::secrets));
        let file = self.given.path().join("new.key");
        let mut rotate = program();
        rotate.args(["root-key", "rotate", "--data-dir"]).arg(self.data());
        rotate.arg("--to").arg(format!("file:{}", file.display()));
        let output = self.settled(rotate).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let [id, wrapped] = ["root_key_id", "wrapped"].map(|column| self.of_store_key(column));
        secrets.push((STORE_KEY, unwrapped(&fs::read(&file).unwrap(), &id, &wrapped)));

        let location = match &self.database {
            Some(Database { schema, .. }) => schema.url().parse().unwrap(),
            None => StoreLocation::DataDirectory,
        };
        let root_key = RootKeySource::File(file);
        let store = Store::open_from(&location, &self.data(), root_key, OsRandomness);
        (store.unwrap(), secrets)
    }

    /// How often a secret may be in memory in this form.
    pub(super) fn most_held(&self, name: &str, form: Form) -> usize {
        match (name, form) {
            (STORE_KEY, Form::Raw) => KEY_SCHEDULES,
            (name, Form::Backwards) if name.starts_with(PRIVATE) => most_private(),
            _ => Database::most_held(name, form).max(self.root_key.most_held(name, form)),
        }
    }

    /// Whether a file is where the program is to keep what was found there.
    pub(super) fn is_kept_in(&self, find: &Find<'_>, place: &str) -> bool {
        self.root_key.is_kept_in(find, place)
    }
}
