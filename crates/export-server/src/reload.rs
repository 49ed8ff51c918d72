//! What a running server reads again: files at SIGHUP, credentials every few seconds too.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use export_api::ports::{Audit, Clock};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::audit::{Change, ChangeKind, Maker, Queue};
use crate::authorize::PolicyFile;
use crate::clock::SystemClock;
use crate::credentials::{REREAD, Stored};
use crate::http::Endpoint;
use crate::randomness::OsRandomness;
use crate::serve::LocalService;
use crate::sigv4::Credential;
use crate::tls::Tls;
use crate::traces::Traced;

/// Reads again what may have changed; what cannot be read leaves everything as it was.
#[derive(Debug)]
pub struct Reload {
    tls: Option<Arc<Tls>>,
    policy: Option<Arc<Traced<PolicyFile>>>,
    queue: Queue,
    endpoint: Arc<Endpoint<LocalService>>,
    from_environment: Option<Credential>,
    /// The records that are accepted now.
    versions: Mutex<Vec<(String, u64)>>,
}

impl Reload {
    pub(crate) const fn new(
        endpoint: Arc<Endpoint<LocalService>>,
        from_environment: Option<Credential>,
        versions: Vec<(String, u64)>,
        queue: Queue,
    ) -> Self {
        let versions = Mutex::new(versions);
        Self { tls: None, policy: None, queue, endpoint, from_environment, versions }
    }

    pub(crate) fn with_tls(mut self, tls: Option<Arc<Tls>>) -> Self {
        self.tls = tls;
        self
    }

    pub(crate) fn with_policy(mut self, policy: Option<Arc<Traced<PolicyFile>>>) -> Self {
        self.policy = policy;
        self
    }

    /// Reads everything again, and says in the log what became of it.
    pub async fn everything(&self) {
        match self.tls.as_ref().map(|tls| tls.reload()) {
            None => (),
            Some(Ok(())) => tracing::info!("the files for TLS were read again"),
            Some(Err(error)) => tracing::error!(%error, "TLS stays as it was"),
        }
        match self.policy().await {
            None => (),
            Some(Ok(())) => tracing::info!("the policy was read again"),
            Some(Err(error)) => {
                let error = format!("{error:#}");
                tracing::error!(error, "the policy stays as it was");
            }
        }
        self.credentials().await;
        self.changes().await;
    }

    /// Reads the policy again, and puts it in force when that is recorded.
    async fn policy(&self) -> Option<anyhow::Result<()>> {
        let policy = self.policy.as_ref()?;
        let audit = self.endpoint.backend().audit();
        let read = async {
            let reread = policy.reread()?;
            let what = json!({"sha256": reread.digest(), "policies": reread.count()});
            let what = what.as_object().cloned().unwrap_or_default();
            let now = SystemClock.now();
            let kind = ChangeKind::ReloadPolicy;
            let change = Change::new(kind, Maker::Server, what, now, &OsRandomness)?;
            audit.ready().await?;
            audit.record_change(&change).await?;
            policy.put_in_force(reread);
            Ok(())
        };
        Some(read.await)
    }

    /// Takes over into the audit trail what commands did.
    pub(crate) async fn changes(&self) {
        let waiting = match self.queue.waiting() {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::error!(%error, "what commands did is not in the audit trail yet");
                return;
            }
        };
        let audit = self.endpoint.backend().audit();
        for (path, change) in waiting {
            // What cannot be written goes on waiting.
            if audit.ready().await.is_err() || audit.record_change(&change).await.is_err() {
                return;
            }
            if let Err(error) = fs::remove_file(&path) {
                tracing::error!(%error, path = %path.display(), "a line will be written again");
                return;
            }
        }
    }

    /// Reads the credentials of the store again, and accepts those that are there now.
    async fn credentials(&self) {
        let Some(verifier) = self.endpoint.verifier() else { return };
        let stored = match Stored::read(self.endpoint.backend().store()).await {
            Ok(stored) => stored,
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "the access keys that are accepted stay as they were");
                return;
            }
        };
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if *versions == stored.versions {
            return;
        }
        let from_environment = self.from_environment.as_ref().map(Credential::copied);
        let accepted = stored.enabled.len();
        verifier.replace(stored.enabled.into_iter().chain(from_environment));
        *versions = stored.versions;
        tracing::info!(access_keys = accepted, "the access keys of the store changed");
    }

    /// Follows the credentials of the store for as long as it is let.
    pub(crate) async fn follow(&self) {
        let mut ticks = interval(REREAD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.credentials().await;
            self.changes().await;
        }
    }
}
