//! `export-server approve`: a second credential allows one export.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use export_api::ports::{Authorize, Clock, Decision, KeyReference, KeyStore, Write as StoreWrite};
use export_api::{Approval, ApprovalId, Identity, IdentityName, Principal, Timestamp};
use key_store::Store;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::StoreArguments;
use crate::audit::ChangeKind;
use crate::authorize::PolicyFile;
use crate::clock::{CalendarTime, SystemClock};

const MINUTE: u64 = 60 * 1000;

/// Where the secret of whoever approves is read from.
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";

/// Which export, and who approves of it.
#[derive(Args, Debug)]
#[non_exhaustive]
pub struct ApproveArguments {
    /// What is to be approved, as the refusal of the export names it
    #[arg(value_name = "ID")]
    pub id: String,
    /// The name of the credential that approves; its secret is read from AWS_SECRET_ACCESS_KEY.
    /// Without it, what is to be approved is only shown
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// How long the export can be carried out
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub minutes: u32,
    /// The policy of the server, which says who may approve; it is asked again when the key leaves
    #[arg(long, env = "EXPORT_SERVER_POLICY", value_name = "FILE")]
    pub policy: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become text of the help")]
    pub place: StoreArguments,
}

impl ApproveArguments {
    /// Shows what is to be approved, and approves of it if a name is given.
    ///
    /// # Errors
    ///
    /// If there is no such approval, or the credential cannot give it.
    pub async fn run(self, out: &mut impl Write) -> anyhow::Result<()> {
        let Self { id, name, minutes, policy, place } = self;
        let id: ApprovalId = id.parse().ok().context("an id is `approval-` and 64 hex digits")?;
        let store = place.open()?;
        let asked = find(&store, &id).await?;
        let approval = asked.approval().context("it is no approval")?;
        show(approval, out)?;
        let Some(name) = name else { return Ok(()) };
        let secret = env::var(SECRET).map(Zeroizing::new);
        let secret =
            secret.ok().with_context(|| format!("set {SECRET} to the secret of {name:?}"))?;
        let now = SystemClock.now();
        let approver = prove(&store, &Claim { name: &name, secret: &secret }, now).await?;
        if let Some(policy) = policy {
            require_permission(&store, &policy, &approver, approval).await?;
        }
        let recorder = place.recorder()?;
        let until = plus_minutes(now, minutes);
        let identity = find(&store, &id).await?.approved_by(&approver, now, until)?;
        let write = StoreWrite::PutIdentity { identity, private_key: None };
        store.commit(vec![write]).await.context("the approval is not stored")?;
        let until = CalendarTime::from(until).extended();
        recorder.record(ChangeKind::ApproveExport, told(&id, approval, &approver, &until))?;
        writeln!(out, "\n{name:?} approves. The export passes once, until {until}.")?;
        Ok(())
    }
}

/// Who somebody says to be, and what is to prove it.
struct Claim<'a> {
    name: &'a str,
    secret: &'a str,
}

async fn find(store: &Store, id: &ApprovalId) -> anyhow::Result<Identity> {
    let found = store.open_identity(&IdentityName::Approval(id.clone())).await?;
    let found = found.with_context(|| format!("nothing is to be approved under {id}"))?;
    Ok(found.identity)
}

fn show(approval: &Approval, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "key         {}", approval.key())?;
    writeln!(out, "form        {}", approval.form())?;
    writeln!(out, "recipient   {}", approval.recipient())?;
    if let Some(serial_number) = approval.key_serial_number() {
        writeln!(out, "initial key {serial_number}")?;
    }
    writeln!(out, "asked for by {:?}", approval.requester())?;
    if let Some(approver) = approval.approver() {
        writeln!(out, "approved by {approver:?}")?;
    }
    Ok(())
}

/// What the audit trail is to know of an approval.
fn told(id: &ApprovalId, approval: &Approval, approver: &Principal, until: &str) -> Value {
    json!({
        "approval": id.as_str(),
        "approver": approver.name(),
        "requester": approval.requester(),
        "key": approval.key().as_str(),
        "form": approval.form(),
        "recipient": approval.recipient(),
        "keySerialNumber": approval.key_serial_number(),
        "until": until,
    })
}

fn plus_minutes(now: Timestamp, minutes: u32) -> Timestamp {
    let span = u64::from(minutes).saturating_mul(MINUTE);
    Timestamp::from_milliseconds(now.milliseconds().saturating_add(span))
}

/// Sees that a policy lets a credential approve, as the server will when the key leaves.
async fn require_permission(
    store: &Store,
    policy: &Path,
    approver: &Principal,
    approval: &Approval,
) -> anyhow::Result<()> {
    let key = store.key(&KeyReference::Arn(approval.key().clone())).await?;
    let key = key.context("the key is not there any longer")?;
    // An ARN has the account in its fifth place.
    let account = approval.key().as_str().split(':').nth(4).unwrap_or_default();
    let policy = PolicyFile::open(policy, account)?;
    ensure!(
        policy.decide_approval(approver, approval, &key) == Decision::Allowed,
        "the policy does not let {:?} approve of this",
        approver.name()
    );
    Ok(())
}

/// Sees that the secret is one of the credential, and that the credential is accepted now.
async fn prove(store: &Store, claim: &Claim<'_>, now: Timestamp) -> anyhow::Result<Principal> {
    let mut of_name = store.credentials().await?;
    of_name.retain(|credential| {
        let goes_on = credential.ends.is_none_or(|ends| now < ends);
        credential.name == claim.name && credential.enabled && goes_on
    });
    ensure!(!of_name.is_empty(), "no credential {:?} is enabled", claim.name);
    let given = claim.secret.as_bytes();
    let fits = |credential: &key_store::Credential| {
        bool::from(credential.secret.expose_secret().ct_eq(given))
    };
    match of_name.iter().find(|credential| fits(credential)) {
        Some(credential) => Ok(Principal::new(claim.name.to_owned(), credential.role)),
        None => bail!("{SECRET} is not a secret of {:?}", claim.name),
    }
}
