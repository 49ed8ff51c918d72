//! The server: store, audit trail and endpoint joined, from start to stop.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use export_api::ports::Clock;
use export_api::{Principal, Role, Service};
use key_store::{Store, StoreLocation};
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::audit::{AuditTrail, Change, ChangeKind, Head, Maker, Queue};
use crate::authorize::{AdministratorsOnly, PolicyFile};
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::credentials::{self, Stored};
use crate::http::{self, Endpoint, Limits};
use crate::lost_commits;
use crate::metrics::{Metrics, Written};
use crate::process::room_for_connections;
use crate::randomness::OsRandomness;
use crate::reload::Reload;
use crate::rsa_keys::LocalRsaKeys;
use crate::self_test;
use crate::sigv4::{Credential, Verifier};
use crate::throttle::Throttle;
use crate::tls::Tls;
use crate::traces::Traced;

/// The name of the audit trail in the data directory.
pub const AUDIT_FILE: &str = "audit.jsonl";

/// How often keys are looked for whose deletion is due.
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// How many keys are destroyed, and tokens deleted, in one go.
const DUE_KEYS: usize = 256;

/// The service over a store, the audit file, the machine's clock and randomness, and
/// RSA keys in its memory.
pub type LocalService = Service<
    Traced<Store>,
    Traced<AuditTrail<OsRandomness>>,
    SystemClock,
    OsRandomness,
    Traced<LocalRsaKeys>,
>;

/// A server that listens already, and answers as soon as it runs.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
    endpoint: Arc<Endpoint<LocalService>>,
    reload: Arc<Reload>,
    new_access_key: Option<Credential>,
    access_keys: usize,
}

impl Server {
    /// Opens or makes the data directory, and listens.
    ///
    /// Without `--no-auth`, without a credential in the store, disabled or not, and without one
    /// from the environment, an administrator's access key is made and stored.
    ///
    /// # Errors
    ///
    /// Whatever keeps the server from starting, in words for whoever starts it.
    pub async fn open(
        settings: &Settings,
        from_environment: Option<Credential>,
    ) -> anyhow::Result<Self> {
        self_test::run(&OsRandomness).await?;
        // First, because these fail most easily, and nothing is made yet.
        let tls = settings.tls.clone().map(Tls::open).transpose()?.map(Arc::new);
        let policy = settings.policy.as_deref();
        let policy =
            policy.map(|path| PolicyFile::open(path, settings.realm.account())).transpose()?;
        let policy = policy.map(Traced::new).map(Arc::new);
        let listener = TcpListener::bind(settings.listen)
            .await
            .with_context(|| format!("cannot listen on {}", settings.listen))?;
        let address = listener.local_addr()?;

        let directory = &settings.data_dir;
        check_permissions(directory)?;
        // Before the store is opened, which would tidy up what is left of its log.
        lost_commits::expect_none(directory, &settings.store)?;
        let root_key = settings.root_key.source(directory)?;
        let store = Store::open_from(&settings.store, directory, root_key, OsRandomness)
            .with_context(|| format!("cannot open the store {}", shown(settings)))?;
        let audit = AuditTrail::open(
            &directory.join(AUDIT_FILE),
            settings.realm.clone(),
            settings.audit,
            OsRandomness,
        )?
        .with_commits(store.commits());

        let from_environment = from_environment.map(credentials::of_environment);
        let mut stored = Stored::read(&store).await?;
        let mut new_access_key = None;
        if stored.versions.is_empty() && from_environment.is_none() && !settings.no_auth {
            let made = add_first(&store).await?;
            audit.record_change(&first_credential(&made)?).await.context("nothing is recorded")?;
            new_access_key = Some(made);
            stored = Stored::read(&store).await?;
        }
        let Stored { enabled: mut credentials, versions } = stored;
        credentials.extend(from_environment.as_ref().map(Credential::copied));
        let access_keys = credentials.len();
        let verifier = match settings.no_auth {
            true => None,
            false => Some(Verifier::new(&settings.realm, credentials, &OsRandomness)?),
        };

        let realm = settings.realm.clone();
        let (store, audit) = (Traced::new(store), Traced::new(audit));
        let rsa_keys = Traced::new(LocalRsaKeys::new());
        let service = Service::new(realm, store, audit, SystemClock, OsRandomness, rsa_keys)
            .with_key_cryptograms(settings.key_cryptograms)
            .with_import_layouts(settings.import_layouts.clone())
            .with_receipts(settings.receipts);
        let service = match &settings.approval_tag {
            Some(label) => service.with_approval_tag(label.clone()),
            None => service,
        };
        let service = match &policy {
            Some(policy) => service.with_authorizer(Arc::<Traced<PolicyFile>>::clone(policy)),
            None if settings.no_auth => service,
            None => service.with_authorizer(Arc::new(Traced::new(AdministratorsOnly))),
        };
        let throttle = settings.requests_per_second.map(Throttle::new);
        let connections = room_for_connections(Limits::USUAL.connections);
        let limits = Limits { connections, ..Limits::USUAL };
        let endpoint = Endpoint::new(service, verifier, throttle, limits);
        let written = Arc::downgrade(&endpoint);
        endpoint
            .metrics()
            .ask(move || written.upgrade().map(|it| written_by(&it)).unwrap_or_default());
        let reload =
            Reload::new(Arc::clone(&endpoint), from_environment, versions, Queue::of(directory))
                .with_tls(tls.clone())
                .with_policy(policy);
        let reload = Arc::new(reload);
        Ok(Self { listener, address, tls, endpoint, reload, new_access_key, access_keys })
    }

    /// The address the server listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What TLS is spoken with.
    #[must_use]
    pub const fn tls(&self) -> Option<&Arc<Tls>> {
        self.tls.as_ref()
    }

    /// What is to be read again when it changes.
    #[must_use]
    pub const fn reload(&self) -> &Arc<Reload> {
        &self.reload
    }

    /// The access key that was made because there was none.
    #[must_use]
    pub const fn new_access_key(&self) -> Option<&Credential> {
        self.new_access_key.as_ref()
    }

    /// What happens here, in numbers.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        self.endpoint.metrics()
    }

    /// How many access keys are accepted.
    #[must_use]
    pub const fn access_keys(&self) -> usize {
        self.access_keys
    }

    /// The last line of the audit trail.
    #[must_use]
    pub fn audit_head(&self) -> Head {
        self.endpoint.backend().audit().head()
    }

    /// Answers requests until `stop` completes, then finishes what has begun.
    ///
    /// # Errors
    ///
    /// If audit records could not be written in the end.
    pub async fn run(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        // The new secret, if there is one, has been shown by now and is not needed again.
        let Self { listener, tls, endpoint, reload, .. } = self;
        let limits = *endpoint.limits();
        let housekeeping = tokio::spawn(keep_house(Arc::clone(&endpoint)));
        let followed = Arc::clone(&reload);
        let following = tokio::spawn(async move { followed.follow().await });
        http::serve(listener, endpoint.router(), tls, limits, stop).await;
        housekeeping.abort();
        following.abort();
        if timeout(limits.drain_time, endpoint.drained()).await.is_err() {
            tracing::warn!("operations were cut short");
        }
        reload.changes().await;
        let audit = endpoint.backend().audit();
        audit.close().await.context("the last audit records are lost")?;
        tracing::info!(audit_head = %audit.head(), "stopped");
        Ok(())
    }
}

/// Destroys keys whose deletion is due, deletes export tokens that ended, and notes the head of the
/// audit trail in the log, which is to be kept elsewhere.
async fn keep_house(endpoint: Arc<Endpoint<LocalService>>) {
    let mut minutes = interval(HOUSEKEEPING);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut noted = Head::EMPTY;
    loop {
        minutes.tick().await;
        let service = endpoint.backend();
        match service.destroy_due_keys(DUE_KEYS).await {
            Ok(0) => (),
            Ok(destroyed) => tracing::info!(destroyed, "destroyed keys whose deletion was due"),
            Err(error) => tracing::error!(%error, "keys whose deletion is due are still there"),
        }
        match service.delete_ended_identities(DUE_KEYS).await {
            Ok(0) => (),
            Ok(deleted) => tracing::info!(deleted, "deleted export tokens that ended"),
            Err(error) => tracing::error!(%error, "export tokens that ended are still there"),
        }
        match service.store().key_counts().await {
            Ok(counts) => endpoint.metrics().count_keys(counts),
            Err(error) => tracing::error!(%error, "keys could not be counted"),
        }
        let head = service.audit().head();
        if head != noted {
            tracing::info!(audit_head = %head, "audit trail");
            noted = head;
        }
    }
}

/// What the store and the audit trail wrote.
fn written_by(endpoint: &Endpoint<LocalService>) -> (Written, Written) {
    let service = endpoint.backend();
    let store = service.store().statistics();
    (Written::new(store.batches, store.commits, store.commit_time), service.audit().written())
}

/// Refuses a data directory that other users can look into.
fn check_permissions(directory: &Path) -> anyhow::Result<()> {
    // A directory that is not there yet will be made as it must be.
    let Ok(metadata) = fs::metadata(directory) else { return Ok(()) };
    ensure!(
        metadata.mode() & 0o077 == 0,
        "the data directory {0} is open to other users; run: chmod 700 {0}",
        directory.display()
    );
    Ok(())
}

/// Where the store is, for people.
fn shown(settings: &Settings) -> String {
    match &settings.store {
        StoreLocation::Postgres(url) => url.to_string(),
        StoreLocation::Directory(directory) => format!("in {}", directory.display()),
        _ => format!("in {}", settings.data_dir.display()),
    }
}

/// Makes the first credential, an administrator's.
async fn add_first(store: &Store) -> anyhow::Result<Credential> {
    let made = Credential::random(&OsRandomness)?;
    let owner = Principal::new(credentials::FIRST.to_owned(), Role::Administrator);
    let stored = credentials::to_store(&made, &owner)?;
    store.add_credential(stored).await.context("cannot store the new access key")?;
    Ok(made)
}

/// What the audit trail is to know of the first credential.
fn first_credential(made: &Credential) -> anyhow::Result<Change> {
    let what = [
        ("name", credentials::FIRST.to_owned()),
        ("role", Role::Administrator.as_str().to_owned()),
        ("accessKeyId", made.id().to_string()),
    ];
    let what = what.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let kind = ChangeKind::AddCredential;
    Ok(Change::new(kind, Maker::Server, what, SystemClock.now(), &OsRandomness)?)
}
