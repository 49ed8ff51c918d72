//! The program `export-server`.

use std::env;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::{Args, Parser, Subcommand};
use export_server::admin::{
    self, ApproveArguments, BackupArguments, CredentialCommand, DoctorArguments, PolicyCommand,
    ReceiptsArguments, RestoreArguments, RootKeyCommand, StoreKeyCommand,
};
use export_server::config::{ServeArguments, credential_from};
use export_server::reload::Reload;
use export_server::serve::{AUDIT_FILE, Server};
use export_server::store_copy::StoreCommand;
use export_server::traces::Traces;
use export_server::{audit, demo, greeting, log, process, store_copy};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A self-hosted endpoint for payment keys that unmodified AWS clients can call.
#[derive(Parser)]
#[command(version, about)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests
    #[command(after_help = "\
EXPORT_SERVER_ACCESS_KEY_ID and EXPORT_SERVER_SECRET_ACCESS_KEY, set both, are an access key that \
is accepted beside those in the store. There are no flags for them, because other users of the \
machine can see flags.")]
    Serve(Box<ServeArguments>),
    /// Make, export and receive keys in one process on a temporary store, and show every step
    Demo,
    /// Say who may sign requests
    #[command(subcommand)]
    Credential(CredentialCommand),
    /// Allow one export of a key that leaves only if two credentials agree
    Approve(ApproveArguments),
    /// Say who may do what
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Look at the audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Move keys from one store to another
    #[command(subcommand)]
    Store(StoreCommand),
    /// Look after the root key, which wraps the store keys
    #[command(subcommand)]
    RootKey(RootKeyCommand),
    /// Look after the store key, which seals the records
    #[command(subcommand)]
    StoreKey(StoreKeyCommand),
    /// Copy store and audit trail, also while the server serves
    Backup(BackupArguments),
    /// Make a data directory of a backup, after looking at every record
    Restore(RestoreArguments),
    /// Look whether everything is in order; exit with 1 if something is not
    Doctor(DoctorArguments),
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Check that no line was changed, taken out or moved; exit with 1 if one was
    Verify(VerifyArguments),
    /// Check that every receipt was signed by the account's authority, and show what they say
    Receipts(ReceiptsArguments),
}

#[derive(Args)]
struct VerifyArguments {
    /// The data directory of the server
    #[arg(long, env = "EXPORT_SERVER_DATA_DIR", default_value = "./export-server-data")]
    data_dir: PathBuf,
    /// The file itself, where it is not in a data directory
    #[arg(long)]
    file: Option<PathBuf>,
    /// A head that was noted earlier: some line must have this hash
    #[arg(long, value_name = "HASH")]
    expect_head: Option<String>,
}

fn main() -> ExitCode {
    let outcome = match Program::parse().command {
        Command::Serve(arguments) => serve(*arguments),
        Command::Demo => demonstrate(),
        Command::Credential(command) => administrate(command),
        Command::Approve(arguments) => approve(arguments),
        Command::Policy(command) => command.run(&mut io::stdout().lock()),
        Command::Audit(AuditCommand::Verify(arguments)) => verify(arguments),
        Command::Store(command) => work_on_store(command),
        Command::Audit(AuditCommand::Receipts(arguments)) => receipts(arguments),
        Command::RootKey(command) => admin::run_root_key(command, &mut io::stdout()),
        Command::StoreKey(command) => rotate_store_key(command),
        Command::Backup(arguments) => admin::back_up(&arguments, &mut io::stdout().lock()),
        Command::Restore(arguments) => bring_back(&arguments),
        Command::Doctor(arguments) => examine(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be done if this cannot be written either.
            let _ = writeln!(io::stderr(), "export-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn demonstrate() -> anyhow::Result<()> {
    runtime()?.block_on(demo::run(&mut io::stdout().lock()))
}

fn work_on_store(command: StoreCommand) -> anyhow::Result<()> {
    process::harden();
    runtime()?.block_on(store_copy::run(command, &mut io::stdout().lock()))
}

fn rotate_store_key(command: StoreKeyCommand) -> anyhow::Result<()> {
    runtime()?.block_on(admin::run_store_key(command, &mut io::stdout()))
}

fn bring_back(arguments: &RestoreArguments) -> anyhow::Result<()> {
    runtime()?.block_on(admin::restore(arguments, &mut io::stdout().lock()))
}

fn examine(arguments: &DoctorArguments) -> anyhow::Result<()> {
    let is_well = runtime()?.block_on(admin::examine(arguments, &mut io::stdout().lock()))?;
    ensure!(is_well, "something is not in order");
    Ok(())
}

fn administrate(command: CredentialCommand) -> anyhow::Result<()> {
    runtime()?.block_on(command.run(&mut io::stdout().lock()))
}

fn approve(arguments: ApproveArguments) -> anyhow::Result<()> {
    runtime()?.block_on(arguments.run(&mut io::stdout().lock()))
}

fn receipts(arguments: ReceiptsArguments) -> anyhow::Result<()> {
    runtime()?.block_on(arguments.run(&mut io::stdout().lock()))
}

fn serve(arguments: ServeArguments) -> anyhow::Result<()> {
    let settings = arguments.resolve()?;
    let credential = credential_from(|name| env::var(name))?;
    let runtime = runtime()?;
    let traces = Traces::from_environment(runtime.handle())?;
    log::begin(&settings, &traces)?;
    process::harden();
    process::log_panics_without_their_text();
    runtime.block_on(async {
        let server = Server::open(&settings, credential).await?;
        traces.count_in(server.metrics());
        // Only now: whoever is asked for a passphrase may end the program as usual.
        let stop = stop_signal()?;
        greeting::print(&mut io::stdout().lock(), &server, &settings)?;
        if settings.no_auth {
            tracing::warn!("signatures are not checked: --no-auth is for tests on one machine");
        }
        let reload =
            tokio::spawn(reload_at_hangup(server.reload().clone(), signal(SignalKind::hangup())?));
        tracing::info!(address = %server.address(), "ready");
        let outcome = server.run(stop).await;
        reload.abort();
        traces.close().await;
        outcome
    })
}

/// Reads again at each SIGHUP what may have changed.
async fn reload_at_hangup(reload: Arc<Reload>, mut hangup: Signal) {
    while hangup.recv().await.is_some() {
        reload.everything().await;
    }
}

/// Completes at SIGTERM or SIGINT.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
        tracing::info!("stopping");
    })
}

fn verify(arguments: VerifyArguments) -> anyhow::Result<()> {
    let path = arguments.file.unwrap_or_else(|| arguments.data_dir.join(AUDIT_FILE));
    let file = File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    let head = audit::verify(BufReader::new(file), arguments.expect_head.as_deref())
        .with_context(|| format!("the audit trail {} does not hold", path.display()))?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}: the chain of {} lines holds", path.display(), head.sequence_number)?;
    writeln!(out, "head {}", head.digits())?;
    Ok(())
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}
