//! Schemas of their own in the PostgreSQL database that the environment names.

use std::io::Write as _;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, io, process};

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls};

/// Names a database, as `postgres://user@host/database`, in which the tests may make schemas.
const DATABASE: &str = "EXPORT_SERVER_TEST_POSTGRES";

/// Whether there is a database to test with; says so loudly, once, if not.
pub(crate) fn is_there() -> bool {
    static SAID: Once = Once::new();

    let is_there = env::var_os(DATABASE).is_some();
    if !is_there {
        SAID.call_once(|| {
            let text = format!(
                "\nNOT TESTED: the store in PostgreSQL, because {DATABASE} names no database; \
                `cargo xtask ci --only postgres` starts one\n\n"
            );
            // Not by a macro: what those print is kept back where a test passes.
            io::stderr().write_all(text.as_bytes()).unwrap();
        });
    }
    is_there
}

/// A schema, removed in the end.
pub(crate) struct Schema {
    name: String,
}

impl Schema {
    pub(crate) fn new() -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);

        env::var_os(DATABASE)?;
        let name = format!("place_{}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        execute(&format!("CREATE SCHEMA {name}"));
        Some(Self { name })
    }

    /// The address of the database, with this schema as the one that is used.
    pub(crate) fn url(&self) -> String {
        let database = env::var(DATABASE).unwrap();
        let sign = if database.contains('?') { '&' } else { '?' };
        format!("{database}{sign}pool_size=8&options=-csearch_path%3D{}", self.name)
    }

    /// Begins a transaction and leaves it open.
    pub(crate) fn unfinished(&self, sql: &str) -> Unfinished {
        let runtime = runtime();
        let client = runtime.block_on(async {
            let client = connect().await;
            let begin = format!("SET search_path = {}; BEGIN; {sql}", self.name);
            client.batch_execute(&begin).await.unwrap();
            client
        });
        Unfinished { client, runtime }
    }

    /// Runs a statement that is written as SQLite has it, behind the store's back.
    pub(crate) fn alter(&self, sql: &str) {
        let sql = sql
            .replace("zeroblob(28)", "decode(repeat('00', 28), 'hex')")
            .replace("zeroblob(60)", "decode(repeat('00', 60), 'hex')")
            .replace("x''", "''::bytea");
        // No foreign keys are looked at in this role.
        let role = "SET session_replication_role = replica";
        execute(&format!("SET search_path = {}; {role}; {sql}", self.name));
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        execute(&format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

/// A transaction that is neither committed nor rolled back yet.
pub(crate) struct Unfinished {
    client: Client,
    runtime: Runtime,
}

impl Unfinished {
    pub(crate) fn roll_back(self) {
        self.runtime.block_on(self.client.batch_execute("ROLLBACK")).unwrap();
    }
}

fn execute(sql: &str) {
    block_on(async { connect().await.batch_execute(sql).await.unwrap() });
}

async fn connect() -> Client {
    let database = env::var(DATABASE).unwrap();
    let (client, connection) = tokio_postgres::connect(&database, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    runtime().block_on(future)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}
