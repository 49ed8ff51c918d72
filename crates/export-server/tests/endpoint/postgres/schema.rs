//! Schemas of their own in the PostgreSQL database that the environment names.

use std::io::Write as _;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_postgres::{Client, NoTls};

/// Names a database in which the tests may make schemas; without it these tests are passed over.
const DATABASE: &str = "EXPORT_SERVER_TEST_POSTGRES";

/// A schema, removed in the end.
pub(crate) struct Schema {
    pub(crate) name: String,
}

impl Schema {
    /// Says loudly, once, if there is no database to test with.
    pub(crate) fn new() -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        static SAID: Once = Once::new();

        if std::env::var_os(DATABASE).is_none() {
            SAID.call_once(|| {
                let text = format!(
                    "\nNOT TESTED: servers on one PostgreSQL database, because {DATABASE} names \
                     none; `cargo xtask ci --only postgres` starts one\n\n"
                );
                std::io::stderr().write_all(text.as_bytes()).unwrap();
            });
            return None;
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("servers_{}_{number}", std::process::id());
        execute(&format!("CREATE SCHEMA {name}"));
        Some(Self { name })
    }

    /// The address of the database, with this schema as the one that is used.
    pub(crate) fn url(&self) -> String {
        let database = std::env::var(DATABASE).unwrap();
        let sign = if database.contains('?') { '&' } else { '?' };
        format!("{database}{sign}pool_size=8&options=-csearch_path%3D{}", self.name)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        execute(&format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

fn execute(sql: &str) {
    with_client(async |client| client.batch_execute(sql).await.unwrap());
}

/// Works in a connection of its own.
pub(crate) fn with_client<T>(work: impl AsyncFnOnce(Client) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = std::env::var(DATABASE).unwrap();
        let (client, connection) = tokio_postgres::connect(&database, NoTls).await.unwrap();
        tokio::spawn(connection);
        work(client).await
    })
}
