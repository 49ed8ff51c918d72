//! Authorities that were imported: a root, and those between it and the one that is named.

use payment_pki::role::Role;
use payment_pki::{Certificate, Policy, TrustAnchor, Trusted, UnixTime, validate_with};

use crate::error::{Error, Fault};
use crate::key::{KeyClass, KeyState};
use crate::ports::{Clock, KeyReference, KeyStore, Randomness, RsaKeys, StoredKey};
use crate::service::{World, require_state};
use crate::wire::{GivenCertificate, KeyIdentifier};
use crate::{KeyArn, Rule, Timestamp};

/// The most authorities from the one that is named up to its root.
const MOST: usize = 4;

/// An imported authority with all those above it.
#[derive(Debug)]
pub(crate) struct Authority {
    arn: KeyArn,
    /// The one that is named.
    first: Certificate,
    /// Those above it, the root last.
    above: Vec<Certificate>,
}

impl Authority {
    /// Opens the authority that an identifier names, and all those above it, which must all be
    /// present and enabled.
    pub(crate) async fn open<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        world: &World<S, C, R, K>,
        identifier: &KeyIdentifier,
    ) -> Result<Self, Error> {
        let first = world.open_key(identifier).await?;
        Self::of_key(world, identifier, first).await
    }

    /// The same, for the key that the identifier names, which was read already.
    pub(crate) async fn of_key<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        world: &World<S, C, R, K>,
        identifier: &KeyIdentifier,
        first: StoredKey,
    ) -> Result<Self, Error> {
        let arn = first.key.arn().clone();
        let mut next = first.key.authority.clone();
        let first = certificate_of(&first, identifier)?;
        let mut above = Vec::new();
        while let Some(parent) = next {
            if above.len() >= MOST {
                return Err(Error::Internal { cause: Fault::DamagedRecord });
            }
            let not_found = || Error::NotFound { resource: parent.to_string() };
            let [key] = world.store.open_keys([&KeyReference::Arn(parent.clone())]).await?;
            let key = key.ok_or_else(not_found)?;
            above.push(certificate_of(&key, identifier)?);
            next = key.key.authority.clone();
        }
        Ok(Self { arn, first, above })
    }

    /// The name of the one that was named.
    pub(crate) const fn arn(&self) -> &KeyArn {
        &self.arn
    }

    /// The certificates above a leaf, the one that was named first.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &Certificate> {
        [&self.first].into_iter().chain(&self.above)
    }

    /// The root, and those between it and a leaf.
    pub(crate) fn path(&self) -> (Certificate, Vec<Certificate>) {
        let root = self.above.last().unwrap_or(&self.first);
        let between = self.chain().filter(|it| *it != root).cloned().collect();
        (root.clone(), between)
    }

    /// Validates a certificate that this authority has issued itself.
    pub(crate) fn validate<T: Role, S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        &self,
        world: &World<S, C, R, K>,
        given: &GivenCertificate,
    ) -> Result<Trusted<T>, Error> {
        let refuse = |error| Error::invalid(given.at.clone(), Rule::Certificate { error });
        // Whom somebody else under the same root has issued is not meant.
        if given.certificate.issuer_der() != self.first.subject_der() {
            return Err(refuse(payment_pki::Error::UnknownIssuer { index: 0 }));
        }
        let (root, between) = self.path();
        let anchors = [TrustAnchor::<T>::new(root)];
        let (now, policy) = (unix_time(world.clock.now()), Policy::strict());
        let leaf = &given.certificate;
        validate_with(&world.rsa_keys, leaf, &between, &anchors, &[], now, &policy).map_err(refuse)
    }
}

/// The certificate of a key that is an authority.
fn certificate_of(key: &StoredKey, identifier: &KeyIdentifier) -> Result<Certificate, Error> {
    require_state(&key.key, KeyState::CreateComplete, identifier)?;
    if !key.key.enabled {
        return Err(Error::state(identifier.member().clone(), Rule::Disabled));
    }
    if key.key.attributes().class() != KeyClass::PublicKey {
        return Err(Error::invalid(identifier.member().clone(), Rule::NotAnAuthority));
    }
    // What a public key keeps in place of a secret is its certificate.
    Certificate::from_der(key.material.expose_secret())
        .map_err(|_| Error::Internal { cause: Fault::DamagedRecord })
}

/// A point in time as certificates have it.
pub(crate) const fn unix_time(time: Timestamp) -> UnixTime {
    UnixTime::from_seconds(time.milliseconds() / 1000)
}
