//! `store copy`: a store moved into another one, of the same kind or the other.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use export_api::ports::{PrivateKey, RsaKeys};
use export_api::{Key, KeyCheckValueAlgorithm, KeyClass};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use key_store::{CopyStage, RootKeySource, SqliteStore, Store, StoreLocation, copy};
use key_types::SecretKey;
use payment_pki::Certificate;
use sha1::{Digest, Sha1};

use crate::config::store_of_flag;
use crate::lost_commits::{self, AcceptLossArguments, LostCommits};
use crate::randomness::OsRandomness;
use crate::rsa_keys::LocalRsaKeys;

/// The length in bytes of the check values of symmetric keys.
const CHECK_VALUE_LENGTH: usize = 3;
/// The length in hex digits of the check values of key pairs.
const FINGERPRINT_DIGITS: usize = 8;

/// What can be done with stores.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum StoreCommand {
    /// Copy every record into another store, sealed anew, and read all of it back
    #[command(after_help = "\
A store is sqlite (in the data directory), sqlite:DIRECTORY or postgres://USER@HOST/DATABASE. \
Passwords come from PGPASSWORD, PGPASSFILE or ?passfile=FILE. Stop the servers on both stores \
first. An interrupted copy goes on where it ended when it is started again; a target that holds \
anything else than a part of this copy is refused.")]
    Copy(CopyArguments),
    /// Go on with a store that lost acknowledged changes; the audit trail says so from then on
    #[command(after_help = "\
The server does not start on a store that ends before a commit that its audit trail knows of: a \
damaged end of the write-ahead log, or a file that was put back. Restore a backup if there is one. \
This accepts the loss: the changes are gone, and a line of the audit trail says how many commits.")]
    AcceptLoss(AcceptLossArguments),
}

/// From where to where.
#[derive(Args, Debug)]
#[non_exhaustive]
pub struct CopyArguments {
    /// The store to read
    #[arg(long, value_name = "STORE")]
    pub from: String,
    /// The store to write, made if it is not there
    #[arg(long, value_name = "STORE")]
    pub to: String,
    /// The data directory, for stores and root keys that are not named otherwise
    #[arg(long, env = "EXPORT_SERVER_DATA_DIR", default_value = "./export-server-data")]
    pub data_dir: PathBuf,
    /// The root key of the store to read [default: root.key in its directory]
    #[arg(long, value_name = "FILE")]
    pub from_root_key: Option<PathBuf>,
    /// The root key of the store to write, made with it [default: root.key in its directory]
    #[arg(long, value_name = "FILE")]
    pub to_root_key: Option<PathBuf>,
}

/// Carries out a command.
///
/// # Errors
///
/// In words for whoever gave it.
pub async fn run(command: StoreCommand, out: &mut impl Write) -> anyhow::Result<()> {
    let arguments = match command {
        StoreCommand::Copy(arguments) => arguments,
        StoreCommand::AcceptLoss(arguments) => {
            let LostCommits { directory, held, recorded } =
                lost_commits::accept(&arguments).await?;
            let place = directory.display();
            writeln!(out, "The store in {place} goes on after commit {held}; what was done up to")?;
            writeln!(out, "commit {recorded} is lost, and the audit trail has a line about it.")?;
            return Ok(());
        }
    };
    let directory = &arguments.data_dir;
    let from = store_of_flag("--from", &arguments.from, |name| env::var(name))?;
    let to = store_of_flag("--to", &arguments.to, |name| env::var(name))?;
    anyhow::ensure!(from != to, "--from and --to name the same store");
    // Beside a store that was served lies its audit trail.
    let beside = from.directory(directory).unwrap_or(directory);
    lost_commits::expect_none(beside, &from)?;

    let root_key = root_key(arguments.from_root_key, &from, directory);
    let source = Store::open_existing(&from, directory, root_key, OsRandomness)
        .with_context(|| format!("cannot open the store to read, {}", shown(&from, directory)))?;
    let root_key = self::root_key(arguments.to_root_key, &to, directory);
    let target = Store::open_from(&to, directory, root_key, OsRandomness)
        .with_context(|| format!("cannot open the store to write, {}", shown(&to, directory)))?;

    let rsa_keys = LocalRsaKeys::new();
    let mut progress = Progress::new();
    let has_check_value =
        async |key: &Key, secret: &SecretKey| has_check_value(&rsa_keys, key, secret).await;
    let outcome = copy(&source, &target, has_check_value, |stage| progress.step(stage)).await;
    progress.bar.finish_and_clear();
    let count = outcome.context("the store is not copied")?;
    writeln!(out, "{count} records are in {}, read back and compared", shown(&to, directory))?;
    Ok(())
}

/// The root key of a store: a file, in its directory unless it is given.
fn root_key(given: Option<PathBuf>, store: &StoreLocation, data_directory: &Path) -> RootKeySource {
    RootKeySource::File(given.unwrap_or_else(|| match store {
        StoreLocation::Directory(directory) => directory.join(SqliteStore::ROOT_KEY_FILE),
        _ => data_directory.join(SqliteStore::ROOT_KEY_FILE),
    }))
}

fn shown(store: &StoreLocation, data_directory: &Path) -> String {
    match store {
        StoreLocation::Postgres(url) => url.to_string(),
        StoreLocation::Directory(directory) => directory.display().to_string(),
        _ => data_directory.display().to_string(),
    }
}

/// Whether a key has the check value that its record says.
async fn has_check_value(rsa_keys: &LocalRsaKeys, key: &Key, secret: &SecretKey) -> bool {
    let (attributes, recorded) = (key.attributes(), key.check_value());
    let algorithm = attributes.algorithm();
    if attributes.class() == KeyClass::SymmetricKey {
        let method = recorded.algorithm().method_for(algorithm);
        let computed = method
            .and_then(|method| kcv::compute(secret, algorithm, method, CHECK_VALUE_LENGTH).ok());
        return computed.is_some_and(|computed| computed.to_string() == recorded.digits());
    }
    if recorded.algorithm() != KeyCheckValueAlgorithm::Sha1 {
        return false;
    }
    let Some(public_key) = public_key(rsa_keys, key, secret).await else { return false };
    let digits = base16ct::upper::encode_string(&Sha1::digest(public_key));
    digits.get(..FINGERPRINT_DIGITS) == Some(recorded.digits())
}

/// The public key of a key pair or of a certificate, SubjectPublicKeyInfo in DER.
async fn public_key(rsa_keys: &LocalRsaKeys, key: &Key, secret: &SecretKey) -> Option<Vec<u8>> {
    if key.attributes().class() == KeyClass::PublicKey {
        // What a public key keeps in place of a secret is its certificate.
        let certificate = Certificate::from_der(secret.expose_secret()).ok()?;
        return Some(certificate.subject_public_key_info_der().to_vec());
    }
    let copied = SecretKey::copied_from(secret.expose_secret()).ok()?;
    rsa_keys.public_key(PrivateKey::new(key.arn().to_string(), copied)).await.ok()
}

/// A bar on a terminal, and nothing elsewhere.
struct Progress {
    bar: ProgressBar,
    stage: Option<CopyStage>,
    /// How many records the first stage found.
    total: u64,
}

impl Progress {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self { bar, stage: None, total: 0 }
    }

    fn step(&mut self, stage: CopyStage) {
        if self.stage != Some(stage) {
            self.stage = Some(stage);
            self.begin(stage);
        }
        if stage == CopyStage::Compare {
            self.total = self.total.saturating_add(1);
        }
        self.bar.inc(1);
    }

    fn begin(&self, stage: CopyStage) {
        let (name, template) = match stage {
            CopyStage::Compare => ("compare", "{msg:8} {spinner} {pos} records"),
            CopyStage::Write => ("write", "{msg:8} [{bar:40}] {pos}/{len} {per_sec} {eta}"),
            _ => ("verify", "{msg:8} [{bar:40}] {pos}/{len} {per_sec} {eta}"),
        };
        self.bar.reset();
        if stage != CopyStage::Compare {
            self.bar.set_length(self.total);
        }
        self.bar.set_message(name);
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }
}
