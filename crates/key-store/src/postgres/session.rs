//! Connections to the server, with the settings that durability and safety rest on.

use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::PostgresUrl;
use super::failure::{Fault, chain};
use super::tls::Tls;
use crate::Error;

/// How long a connection is waited for when all are in use.
const POOL_TIMEOUT: Duration = Duration::from_secs(5);

/// Bounds what a statement costs, and what a server that vanished can hold back: its locks are
/// free at the latest when its transaction has rested so long.
const SETTINGS: &str = "SET lock_timeout = '2s'; SET statement_timeout = '10s'; \
    SET idle_in_transaction_session_timeout = '5s'";

/// Settings of the server that an acknowledged commit rests on. A server that does not know one
/// of them does what the first value says.
pub(super) const PROMISES: [(&str, &[&str]); 4] = [
    ("synchronous_commit", &["on", "remote_apply"]),
    ("fsync", &["on"]),
    ("full_page_writes", &["on"]),
    ("server_encoding", &["UTF8"]),
];

/// Connects once, for what is to be done while a store opens.
pub(super) async fn connect(url: &PostgresUrl) -> Result<Client, Error> {
    let (client, connection) = url.config.connect(tls(url)?).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(error = chain(&error), "a connection to the database ended");
        }
    });
    begin(&client).await?;
    Ok(client)
}

/// Makes the connections that the store works with; none is open yet.
pub(super) fn pool(url: &PostgresUrl) -> Result<Pool, Error> {
    let recycling_method = RecyclingMethod::Fast;
    let manager =
        Manager::from_config((*url.config).clone(), tls(url)?, ManagerConfig { recycling_method });
    let hook = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
        Box::pin(
            async move { begin(client).await.map_err(|error| HookError::message(chain(&error))) },
        )
    });
    Pool::builder(manager)
        .max_size(url.pool_size)
        .wait_timeout(Some(POOL_TIMEOUT))
        .create_timeout(Some(POOL_TIMEOUT))
        .runtime(Runtime::Tokio1)
        .post_create(hook)
        .build()
        .map_err(|error| Error::Database { source: Box::new(error) })
}

fn tls(url: &PostgresUrl) -> Result<Tls, Error> {
    if url.uses_tls() { Tls::new(url.root_certificates.as_deref()) } else { Tls::unused() }
}

/// Makes the settings of a new connection and looks at those of the server, in one round trip.
async fn begin(client: &Client) -> Result<(), Error> {
    let current = PROMISES.map(|(setting, _)| format!("current_setting('{setting}', true)"));
    let answers =
        client.simple_query(&format!("{SETTINGS}; SELECT {}", current.join(", "))).await?;
    let found = answers.iter().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let found = found.ok_or(Error::Damaged)?;
    for (column, (setting, accepted)) in PROMISES.into_iter().enumerate() {
        let Some(value) = found.try_get(column)? else { continue };
        if !accepted.contains(&value) {
            let wanted = accepted.first().copied().unwrap_or_default();
            return Err(Error::ServerSetting { setting, value: value.to_owned(), wanted });
        }
    }
    Ok(())
}

/// A connection of the pool for one piece of work, in a bounded time; closed if it failed in a way
/// that leaves open what state it is in.
pub(super) async fn within<T>(
    pool: &Pool,
    time: Duration,
    work: impl AsyncFnOnce(&mut Object) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut client = pool.get().await?;
    let outcome = match tokio::time::timeout(time, work(&mut client)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Fault::TimedOut),
    };
    if outcome.as_ref().is_err_and(Fault::breaks_connection) {
        drop(Object::take(client));
    }
    outcome
}
