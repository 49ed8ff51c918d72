//! The other end of an export, and who signs for it, opened from the store.

use key_types::KeyUsage;
use payment_pki::{Certificate, Trusted, role};
use tr34::Kdh;

use super::request::{Form, ReceiverWish, SignerWish};
use crate::KeyArn;
use crate::authority::{Authority, leaf, unix_time};
use crate::error::Error;
use crate::identity::IdentityName;
use crate::key::KeyClass;
use crate::ports::{Clock, KeyStore, PrivateKey, Randomness, RsaKeys, StoredKey};
use crate::rules::Rule;
use crate::service::World;
use crate::wire::{GivenCertificate, KeyIdentifier};

use super::plan::require_usable;

/// What a key travels under.
pub(crate) enum Counterpart {
    /// A key of the store.
    Key(Box<StoredKey>),
    /// The public key of a receiver, for a token that somebody signs.
    Tr34(Box<(Receiver, Signer)>),
    /// The public key of a receiver, on its own.
    Cryptogram(Box<Receiver>),
}

/// A receiver whom an authority vouches for.
pub(crate) struct Receiver {
    pub(crate) certificate: Trusted<role::Krd>,
    pub(crate) authority: KeyArn,
}

/// Who signs, and with what.
pub(crate) struct Signer {
    pub(crate) host: Kdh,
    pub(crate) private_key: PrivateKey,
}

impl Counterpart {
    /// Opens what the form of an export names; the key itself and that which stands over it, a
    /// wrapping key or an authority, come from one state of the store.
    pub(crate) async fn open<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        world: &World<S, C, R, K>,
        key: &KeyIdentifier,
        form: &Form,
    ) -> Result<(StoredKey, Self), Error> {
        let over = form.over();
        let references = (world.reference(key)?, world.reference(over)?);
        let [own, other] = world.store.open_keys([&references.0, &references.1]).await?;
        let (own, other) = (found(own, key)?, found(other, over)?);
        let other = match form {
            Form::Tr31(_) => Self::Key(Box::new(other)),
            Form::Tr34(wish) => {
                let receiver = Receiver::of(world, &wish.receiver, other).await?;
                let signer = Signer::open(world, &wish.signer).await?;
                Self::Tr34(Box::new((receiver, signer)))
            }
            Form::Cryptogram(wish) => {
                Self::Cryptogram(Box::new(Receiver::of(world, &wish.receiver, other).await?))
            }
        };
        Ok((own, other))
    }
}

impl Receiver {
    async fn of<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        world: &World<S, C, R, K>,
        wish: &ReceiverWish,
        authority: StoredKey,
    ) -> Result<Self, Error> {
        let authority = Authority::of_key(world, &wish.authority, authority).await?;
        let certificate = authority.validate(world, &wish.certificate)?;
        Ok(Self { certificate, authority: authority.arn().clone() })
    }
}

impl Signer {
    async fn open<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        world: &World<S, C, R, K>,
        wish: &SignerWish,
    ) -> Result<Self, Error> {
        let now = world.clock.now();
        let (certificate, private_key, at) = match wish {
            SignerWish::Token { token, at } => {
                let refuse = || Error::invalid(at.clone(), Rule::ExportToken);
                let found = world.store.open_identity(&IdentityName::Token(token.clone())).await?;
                let found = found.filter(|found| found.identity.valid_until() > now);
                let found = found.ok_or_else(refuse)?;
                let certificate = leaf(&found.identity)?;
                (certificate, PrivateKey::of_identity(found).ok_or_else(refuse)?, at)
            }
            SignerWish::Own { key, certificate } => {
                let pair = own_pair(world, key).await?;
                let GivenCertificate { certificate, at } = certificate;
                (certificate.as_ref().clone(), pair, at)
            }
        };
        let host = Kdh::judged_by_others(certificate.clone(), unix_time(now)).map_err(|error| {
            Error::invalid(at.clone(), Rule::SigningCertificate { code: error.code() })
        })?;
        if let SignerWish::Own { key, .. } = wish {
            check_pair(world, key, &certificate, at).await?;
        }
        let private_key = private_key.of_certificate(&certificate);
        Ok(Self { host, private_key })
    }
}

/// A key pair of the store that may sign.
async fn own_pair<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    identifier: &KeyIdentifier,
) -> Result<PrivateKey, Error> {
    let pair = world.open_key(identifier).await?;
    require_usable(&pair.key, identifier)?;
    let refuse = |rule| Err(Error::invalid(identifier.member().clone(), rule));
    let attributes = pair.key.attributes();
    if attributes.class() != KeyClass::AsymmetricKeyPair {
        return refuse(Rule::NotAPair);
    }
    if attributes.usage() != KeyUsage::DigitalSignature {
        return refuse(Rule::SigningUsage { found: attributes.usage() });
    }
    if attributes.mode() != key_types::ModeOfUse::Sign {
        return refuse(Rule::SigningMode { found: attributes.mode() });
    }
    Ok(PrivateKey::of_key(pair))
}

/// Checks that a certificate is one of a key pair.
async fn check_pair<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    key: &KeyIdentifier,
    certificate: &Certificate,
    at: &crate::Member,
) -> Result<(), Error> {
    let pair = own_pair(world, key).await?;
    let public_key = world.rsa_keys.public_key(pair).await?;
    if certificate.subject_public_key_info_der() == public_key {
        return Ok(());
    }
    Err(Error::invalid(at.clone(), Rule::CertificateOfOtherKey))
}

fn found(key: Option<StoredKey>, identifier: &KeyIdentifier) -> Result<StoredKey, Error> {
    key.ok_or_else(|| Error::NotFound { resource: identifier.as_str().to_owned() })
}
