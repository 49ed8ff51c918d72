//! Measures ExportKey over HTTP with Signature Version 4: 16 connections that are kept, one client
//! thread. TR-31 against a constant answer of the same server, TR-34 against bare signatures of the
//! same library on all cores, in the same run.
//!
//! Usage: `cargo run --release --example load [SECONDS]`, and `... load mixed [SECONDS]` for many
//! kinds of requests, at half of what goes and at more than goes. Each connection sends one request that
//! was signed beforehand over and over, as Signature Version 4 permits for five minutes, so the cost of
//! signing is not counted; the server verifies every one of them. The client shares the cores with
//! the server, so it does as little as it can: it looks at the status and the length of an answer.

mod certified;
mod client;
mod mixed;

use std::env;
use std::io::Write;
use std::time::Duration;

use export_server::audit::Durability;
use export_server::config::ServeArguments;
use export_server::serve::Server;
use export_server::sigv4::Credential;
use serde_json::json;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use client::{ACCESS_KEY_ID, CONNECTIONS, Client, SECRET_ACCESS_KEY};

/// As the program has it.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1).peekable();
    let load = arguments.next_if(|it| it == "mixed").map_or(Load::OfOneKind, |_| Load::Mixed);
    let usual = if load == Load::Mixed { 60 } else { 5 };
    let seconds = arguments.next().map_or(Ok(usual), |text| text.parse())?;
    let span = Duration::from_secs(seconds);
    measure(Durability::Durable, span, load)?;
    if load == Load::OfOneKind {
        measure(Durability::Buffered, span, load)?;
    }
    Ok(())
}

/// What is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    /// One kind of request after the other.
    OfOneKind,
    /// Many kinds at once.
    Mixed,
}

/// Starts a server and measures the constant answer, then exports of both versions.
fn measure(audit: Durability, span: Duration, load: Load) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let mut arguments = ServeArguments::default();
    arguments.given.listen = Some("127.0.0.1:0".parse()?);
    arguments.given.data_dir = Some(directory.path().join("data"));
    arguments.given.audit = Some(audit);
    let settings = arguments.resolve()?;
    let access_key = Credential::new(ACCESS_KEY_ID.parse()?, SECRET_ACCESS_KEY.parse()?);

    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let server = runtime.block_on(Server::open(&settings, Some(access_key)))?;
    let address = server.address().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = runtime.spawn(server.run(async {
        let _ = stopped.await;
    }));

    let client = Client { address };
    let mut out = std::io::stdout().lock();
    let clients = Builder::new_current_thread().enable_all().build()?;
    clients.block_on(async {
        if load == Load::Mixed {
            return mixed::measure(&client, span, &mut out).await;
        }
        writeln!(out, "audit {audit:?}, {CONNECTIONS} connections, {span:?} each")?;
        let health = format!("GET /health HTTP/1.1\r\nhost: {}\r\n\r\n", client.address);
        let constant = client.load(health.into_bytes(), span).await?;
        constant.print(&mut out, "constant answer", None)?;
        for (title, kek, key) in [
            ("ExportKey D, TDES_2KEY under AES_256", "AES_256", "TDES_2KEY"),
            ("ExportKey B, TDES_2KEY under TDES_3KEY", "TDES_3KEY", "TDES_2KEY"),
        ] {
            let kek =
                client.create("TR31_K0_KEY_ENCRYPTION_KEY", kek, &["Encrypt", "Wrap"]).await?;
            let key = client.create("TR31_B0_BASE_DERIVATION_KEY", key, &["DeriveKey"]).await?;
            let body = json!({
                "ExportKeyIdentifier": key,
                "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}},
            });
            let exports = client.load(client.signed("ExportKey", &body)?, span).await?;
            exports.print(&mut out, title, Some(&constant))?;
        }
        certified::measure(&client, span, &mut out).await?;
        writeln!(out)?;
        anyhow::Ok(())
    })?;
    drop(stop);
    runtime.block_on(running)?
}
