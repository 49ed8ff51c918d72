//! What a running server reads again: files at SIGHUP, credentials every few seconds too.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::{MissedTickBehavior, interval};

use crate::authorize::PolicyFile;
use crate::credentials::{REREAD, Stored};
use crate::http::Endpoint;
use crate::serve::LocalService;
use crate::sigv4::Credential;
use crate::tls::Tls;
use crate::traces::Traced;

/// Reads again what may have changed; what cannot be read leaves everything as it was.
#[derive(Debug)]
pub struct Reload {
    tls: Option<Arc<Tls>>,
    policy: Option<Arc<Traced<PolicyFile>>>,
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
    ) -> Self {
        let versions = Mutex::new(versions);
        Self { tls: None, policy: None, endpoint, from_environment, versions }
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
        match self.policy.as_ref().map(|policy| policy.reload()) {
            None => (),
            Some(Ok(())) => tracing::info!("the policy was read again"),
            Some(Err(error)) => tracing::error!(%error, "the policy stays as it was"),
        }
        self.credentials().await;
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
        }
    }
}
