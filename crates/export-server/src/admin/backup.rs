//! Backups while the server serves, and what comes of them.
//!
//! A backup is a directory with the store as it was at one moment, the audit trail up to a later
//! one, and a list of both with their hashes. What was sealed stays sealed: without the root key,
//! which is not in it, a backup holds no key. It is the same whether the store was in a file or in a
//! database, and either can be made of it again.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use export_api::ports::Clock;
use key_store::{PostgresStore, RootKeySource, SqliteStore, Store, StoreLocation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::check::check_records;
use super::store_arguments::shown;
use crate::audit::{last_store_commit, verify};
use crate::clock::SystemClock;
use crate::config::{RootKeySetting, RootKeySettingError, store_from};
use crate::lost_commits;
use crate::randomness::OsRandomness;
use crate::serve::AUDIT_FILE;

/// The list of what a backup holds.
const LIST: &str = "backup.json";

/// What `backup` is told.
#[derive(Args, Debug)]
#[non_exhaustive]
pub struct BackupArguments {
    /// The data directory of the server, which may be serving
    #[arg(long, env = "EXPORT_SERVER_DATA_DIR", default_value = "./export-server-data")]
    pub data_dir: PathBuf,
    /// The store, where it is not in the data directory; EXPORT_SERVER_STORE names it too
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
    /// The directory to make, which must not be there yet
    #[arg(long, value_name = "DIRECTORY")]
    pub to: PathBuf,
}

/// What `restore` is told.
#[derive(Args, Debug)]
#[non_exhaustive]
pub struct RestoreArguments {
    /// The backup
    #[arg(long, value_name = "DIRECTORY")]
    pub from: PathBuf,
    /// The data directory to make, which must not be there yet
    #[arg(long, env = "EXPORT_SERVER_DATA_DIR", default_value = "./export-server-data")]
    pub data_dir: PathBuf,
    /// A database to put the store in, instead of the data directory; EXPORT_SERVER_STORE names it too
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
    /// The root key that the store was sealed under: a file, which is copied into the directory,
    /// passphrase, or pkcs11:...
    #[arg(long, value_name = "WHERE")]
    pub root_key: String,
    /// The descriptor to read the passphrase from [default: ask on the terminal]
    #[arg(long, env = "EXPORT_SERVER_ROOT_KEY_PASSPHRASE_FD", value_name = "NUMBER")]
    pub root_key_passphrase_fd: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct List {
    /// In milliseconds since 1970.
    time: u64,
    /// Lower-case hex digits of SHA-256, by file.
    files: BTreeMap<String, String>,
    /// The last line of the audit trail.
    audit_head: AuditHead,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AuditHead {
    sequence_number: u64,
    hash: String,
}

/// Makes a backup, whole or not at all.
///
/// # Errors
///
/// Whatever is in the way, in words.
pub fn back_up(arguments: &BackupArguments, out: &mut impl Write) -> anyhow::Result<()> {
    let BackupArguments { data_dir, store, to } = arguments;
    let location = store_from(store.as_deref(), None, |name| env::var(name))?;
    lost_commits::expect_none(data_dir, &location)?;
    let draft = make_draft(to)?;
    // The store first: so every operation of this server that it knows of is in the trail too.
    Store::back_up(&location, data_dir, &draft.join(SqliteStore::DATABASE_FILE))
        .with_context(|| format!("cannot copy the store {}", shown(&location, data_dir)))?;
    let trail = draft.join(AUDIT_FILE);
    copy_lines(&data_dir.join(AUDIT_FILE), &trail)?;
    let head = verify(BufReader::new(File::open(&trail)?), None)
        .context("the audit trail does not hold; see `export-server audit verify`")?;

    let mut files = BTreeMap::new();
    for name in [SqliteStore::DATABASE_FILE, AUDIT_FILE] {
        files.insert(name.to_owned(), digest(&draft.join(name))?);
    }
    let hash = head.digits();
    let audit_head = AuditHead { sequence_number: head.sequence_number, hash };
    let list = List { time: SystemClock.now().milliseconds(), files, audit_head };
    let mut file = create(&draft.join(LIST))?;
    file.write_all(&serde_json::to_vec_pretty(&list)?)?;
    file.sync_all()?;
    publish(&draft, to)?;
    writeln!(out, "{}: the store, and {} lines of the audit trail", to.display(), {
        head.sequence_number
    })?;
    writeln!(out, "The root key is not in it: keep that apart. Without it nothing opens.")?;
    Ok(())
}

/// Makes a data directory of a backup, after every record in it was opened.
///
/// # Errors
///
/// Whatever does not hold; then there is no data directory.
pub async fn restore(arguments: &RestoreArguments, out: &mut impl Write) -> anyhow::Result<()> {
    let RestoreArguments { from, data_dir, store, .. } = arguments;
    let database = match store_from(store.as_deref(), None, |name| env::var(name))? {
        StoreLocation::DataDirectory => None,
        StoreLocation::Postgres(url) => Some(url),
        _ => bail!("a store in a file is restored into the data directory"),
    };
    let list = fs::read(from.join(LIST))
        .with_context(|| format!("{} is no backup: it has no {LIST}", from.display()))?;
    let list: List = serde_json::from_slice(&list).with_context(|| format!("{LIST} is damaged"))?;
    let draft = make_draft(data_dir)?;
    for name in [SqliteStore::DATABASE_FILE, AUDIT_FILE] {
        let copied = draft.join(name);
        copy(&from.join(name), &copied)?;
        let is_same = list.files.get(name) == Some(&digest(&copied)?);
        ensure!(is_same, "{name} is not as it was backed up");
    }
    let trail = BufReader::new(File::open(draft.join(AUDIT_FILE))?);
    let head = verify(trail, None).context("the audit trail does not hold")?;
    ensure!(head.digits() == list.audit_head.hash, "the audit trail ends elsewhere");

    let root_key = bring_root_key(arguments, &draft)?;
    let store = SqliteStore::open_from(&draft, root_key, OsRandomness)?;
    let counts = check_records(&Store::from(store.clone()))
        .await
        .context("a record of the store does not open")?;
    // The trail goes on beyond the moment of the store, and that is no loss.
    let recorded = last_store_commit(&draft.join(AUDIT_FILE))?.unwrap_or(0);
    let later = recorded.saturating_sub(store.commits().last());
    store.raise_commits(recorded).await.context("the store cannot be written")?;
    drop(store);
    if let Some(url) = database {
        let file = draft.join(SqliteStore::DATABASE_FILE);
        PostgresStore::restore(&url, &file)
            .with_context(|| format!("cannot put the store into {url}"))?;
        fs::remove_file(file)?;
    }
    publish(&draft, data_dir)?;
    writeln!(out, "{}: {counts}, {} lines of the audit trail", data_dir.display(), {
        head.sequence_number
    })?;
    if later > 0 {
        writeln!(out, "The last {later} commits that the audit trail knows of are not in it.")?;
    }
    Ok(())
}

/// Says where the root key is; a file is copied to its usual place.
fn bring_root_key(arguments: &RestoreArguments, draft: &Path) -> anyhow::Result<RootKeySource> {
    let RestoreArguments { root_key, root_key_passphrase_fd, .. } = arguments;
    let setting = match RootKeySetting::parse(Some(root_key), *root_key_passphrase_fd) {
        // A bare path means a file.
        Err(RootKeySettingError::Kind) => RootKeySetting::File(root_key.into()),
        setting => setting.context("the setting root-key")?,
    };
    if let RootKeySetting::File(path) = &setting {
        let key = draft.join(SqliteStore::ROOT_KEY_FILE);
        copy(path, &key)?;
        return Ok(RootKeySource::File(key));
    }
    Ok(setting.source(draft)?)
}

/// Makes a directory beside the one that is to be, so that this one is there whole or not at all.
fn make_draft(directory: &Path) -> anyhow::Result<PathBuf> {
    ensure!(!directory.exists(), "{} is there already", directory.display());
    let Some(name) = directory.file_name() else {
        bail!("{} is no name of a directory to make", directory.display());
    };
    let mut draft = name.to_owned();
    draft.push(".unfinished");
    let draft = directory.with_file_name(draft);
    if draft.exists() {
        fs::remove_dir_all(&draft)
            .with_context(|| format!("cannot clear {} away", draft.display()))?;
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&draft)
        .with_context(|| format!("cannot make {}", draft.display()))?;
    Ok(draft)
}

fn publish(draft: &Path, directory: &Path) -> anyhow::Result<()> {
    File::open(draft)?.sync_all()?;
    fs::rename(draft, directory)
        .with_context(|| format!("cannot give {} its name", directory.display()))?;
    if let Some(parent) = directory.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Copies a file that only grows, up to the last line that is whole.
fn copy_lines(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut text = read(from)?;
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |place| place + 1);
    text.truncate(whole);
    write(to, &text)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    write(to, &zeroize::Zeroizing::new(read(from)?))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut content))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(content)
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    create(path)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn digest(path: &Path) -> anyhow::Result<String> {
    let mut digest = Sha256::new();
    let mut file = BufReader::new(File::open(path)?);
    let mut part = [0; 1 << 16];
    loop {
        let read = file.read(&mut part)?;
        if read == 0 {
            return Ok(base16ct::lower::encode_string(&digest.finalize()));
        }
        digest.update(part.get(..read).unwrap_or_default());
    }
}
