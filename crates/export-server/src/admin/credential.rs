//! `export-server credential`: who may sign requests.

use std::io::Write;

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use export_api::ports::Clock;
use export_api::{Principal, Role, Timestamp};
use serde_json::json;

use super::StoreArguments;
use crate::audit::ChangeKind;
use crate::clock::{CalendarTime, SystemClock};
use crate::credentials::{is_name, to_store};
use crate::randomness::OsRandomness;
use crate::sigv4::Credential;

const HOUR: u64 = 60 * 60 * 1000;

/// What can be done to credentials.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum CredentialCommand {
    /// Make a credential, and show its secret once
    Add(AddArguments),
    /// Refuse requests that are signed with any access key of a credential
    Disable(NameArguments),
    /// Give a credential another access key, and show its secret once; the former one goes on for a while
    Rotate(RotateArguments),
    /// List credentials and their access keys, without secrets
    List(StoreArguments),
}

/// The arguments of `credential add`.
#[derive(Args, Debug)]
#[non_exhaustive]
pub struct AddArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become text of the help")]
    pub of: NameArguments,
    /// It may do everything, unless a policy says otherwise
    #[arg(long)]
    pub administrator: bool,
}

/// The arguments of `credential rotate`.
#[derive(Args, Debug)]
#[non_exhaustive]
pub struct RotateArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become text of the help")]
    pub of: NameArguments,
    /// How long the former access key is still accepted; 0 ends it at once
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=8760))]
    pub overlap: u32,
}

/// Which credential.
#[derive(Args, Debug)]
#[non_exhaustive]
pub struct NameArguments {
    /// The name of the credential
    pub name: String,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become text of the help")]
    pub place: StoreArguments,
}

impl CredentialCommand {
    /// Does it, and says what was done.
    ///
    /// # Errors
    ///
    /// If the store does not open, or a name does not allow it.
    pub async fn run(self, out: &mut impl Write) -> anyhow::Result<()> {
        match self {
            Self::Add(arguments) => add(arguments, out).await,
            Self::Disable(arguments) => disable(arguments, out).await,
            Self::Rotate(arguments) => rotate(arguments, out).await,
            Self::List(place) => list(&place, out).await,
        }
    }
}

async fn add(arguments: AddArguments, out: &mut impl Write) -> anyhow::Result<()> {
    let AddArguments { of: NameArguments { name, place }, administrator } = arguments;
    ensure!(
        is_name(&name),
        "a name has 1 to 64 characters of A-Z, a-z, 0-9, '.', '_', '-' and '@', and is not \
         `environment`"
    );
    let store = place.open()?;
    let recorder = place.recorder()?;
    let there = store.credentials().await?;
    ensure!(
        there.iter().all(|credential| credential.name != name),
        "there is a credential {name:?} already; `credential rotate` gives it another access key"
    );
    ensure!(
        administrator || !there.is_empty(),
        "the first credential is an administrator's: add --administrator"
    );
    let role = if administrator { Role::Administrator } else { Role::Member };
    let made = Credential::random(&OsRandomness)?;
    let owner = Principal::new(name, role);
    store.add_credential(to_store(&made, &owner)?).await.context("cannot store it")?;
    let id = made.id().to_string();
    let what = json!({"name": owner.name(), "role": role.as_str(), "accessKeyId": id});
    recorder.record(ChangeKind::AddCredential, what)?;
    writeln!(out, "The {} {:?} was added.", role.as_str(), owner.name())?;
    show(&made, out)
}

async fn disable(arguments: NameArguments, out: &mut impl Write) -> anyhow::Result<()> {
    let NameArguments { name, place } = arguments;
    let (store, recorder) = (place.open()?, place.recorder()?);
    let mut of_name = access_keys(store.credentials().await?, &name)?;
    of_name.retain(|credential| credential.enabled);
    ensure!(!of_name.is_empty(), "the credential {name:?} is disabled already");
    for credential in &mut of_name {
        credential.enabled = false;
    }
    let ids: Vec<String> = of_name.iter().map(|it| it.access_key_id.clone()).collect();
    store.put_credentials(of_name).await.context("cannot store it")?;
    let what = json!({"name": name, "accessKeyIds": ids});
    recorder.record(ChangeKind::DisableCredential, what)?;
    writeln!(out, "The credential {name:?} is disabled. {LEARNS}")?;
    Ok(())
}

async fn rotate(arguments: RotateArguments, out: &mut impl Write) -> anyhow::Result<()> {
    let RotateArguments { of: NameArguments { name, place }, overlap } = arguments;
    let (store, recorder) = (place.open()?, place.recorder()?);
    let mut writes = access_keys(store.credentials().await?, &name)?;
    writes.retain(|credential| credential.enabled);
    let Some(role) = writes.first().map(|credential| credential.role) else {
        bail!("the credential {name:?} is disabled");
    };
    let now = SystemClock.now();
    let overlap = u64::from(overlap).saturating_mul(HOUR);
    let ends = Timestamp::from_milliseconds(now.milliseconds().saturating_add(overlap));
    // Those that end earlier stay as they are.
    writes.retain(|former| former.ends.is_none_or(|its| its > ends));
    for former in &mut writes {
        former.ends = Some(ends);
    }
    let made = Credential::random(&OsRandomness)?;
    let owner = Principal::new(name, role);
    writes.push(to_store(&made, &owner)?);
    store.put_credentials(writes).await.context("cannot store it")?;
    let (id, ends) = (made.id().to_string(), CalendarTime::from(ends).extended());
    let what = json!({"name": owner.name(), "accessKeyId": id, "formerOnesUntil": ends});
    recorder.record(ChangeKind::RotateCredential, what)?;
    writeln!(out, "The credential {:?} has another access key.", owner.name())?;
    writeln!(out, "Its former ones are accepted until {ends}.")?;
    show(&made, out)
}

async fn list(place: &StoreArguments, out: &mut impl Write) -> anyhow::Result<()> {
    let mut credentials = place.open()?.credentials().await?;
    credentials.sort_by(|one, other| (&one.name, one.created).cmp(&(&other.name, other.created)));
    let now = SystemClock.now();
    for credential in credentials {
        let state = match credential.ends {
            _ if !credential.enabled => "disabled".to_owned(),
            None => "enabled".to_owned(),
            Some(ends) if ends <= now => "ended".to_owned(),
            Some(ends) => format!("until {}", CalendarTime::from(ends).extended()),
        };
        writeln!(
            out,
            "{:24} {:13} {:20}  made {}  {state}",
            credential.name,
            credential.role.as_str(),
            credential.access_key_id,
            CalendarTime::from(credential.created).extended(),
        )?;
    }
    Ok(())
}

const LEARNS: &str = "A running server knows within five seconds.";

/// The access keys of one credential.
fn access_keys(
    credentials: Vec<key_store::Credential>,
    name: &str,
) -> anyhow::Result<Vec<key_store::Credential>> {
    let of_name: Vec<_> = credentials.into_iter().filter(|it| it.name == name).collect();
    ensure!(!of_name.is_empty(), "there is no credential {name:?}");
    Ok(of_name)
}

/// Shows a new access key, once.
fn show(made: &Credential, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "{LEARNS}\nThe secret is shown now and never again:\n")?;
    writeln!(out, "  export AWS_ACCESS_KEY_ID={}", made.id())?;
    writeln!(out, "  export AWS_SECRET_ACCESS_KEY={}", made.secret().expose_secret())?;
    Ok(())
}
