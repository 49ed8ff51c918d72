//! TR-34 key tokens for a key pair of this endpoint.

use key_types::{KeyUsage, ModeOfUse, wiping_stack};
use payment_pki::{Certificate, TrustAnchor, Trusted, role};
use sha2::{Digest, Sha256};
use tr34::{Binding, Krd, KtKdh, Parts, Policy};

use super::cryptogram::hash;
use super::{Arrival, Tr34Import, WrapperWish};
use crate::authority::{Authority, leaf, unix_time};
use crate::error::Error;
use crate::export::require_usable;
use crate::identity::{Identity, IdentityName, ImportKind, TakenToken};
use crate::key::KeyClass;
use crate::ports::{Clock, KeyStore, PrivateKey, Randomness, RsaKeys, RsaKeysError, Write};
use crate::rules::Rule;
use crate::service::World;
use crate::wire::{GivenCertificate, KeyIdentifier};

/// Clocks differ: a token may be signed so many seconds from now.
const CLOCK_TOLERANCE: u64 = 300;

/// How long a token is remembered that was taken: as long as a signing certificate may last.
const REMEMBERED_DAYS: u16 = 3650;

/// Verifies and opens a token, and remembers that it was taken.
pub(crate) async fn tr34<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    wish: Tr34Import,
) -> Result<Arrival, Error> {
    let Tr34Import { authority, signer, wrapper, token: der, at, nonce } = wish;
    let refuse = |rule| Error::invalid(at.clone(), rule);
    let refused = |error: tr34::Error| refuse(Rule::KeyToken { code: error.code() });
    let authority = Authority::open(world, &authority).await?;
    let now = world.clock.now();
    let sender: Trusted<role::Kdh> = authority.validate(world, &signer)?;
    let (own, private_key) = receiver(world, &wrapper).await?;

    let token = KtKdh::parse(&der).map_err(refused)?;
    if token.unverified_nonce().is_some() != nonce.is_some() {
        return Err(refused(tr34::Error::NonceMismatch));
    }
    if !world.import_layouts.contains(&token.layout()) {
        return Err(refuse(Rule::LayoutNotAllowed { found: token.layout().code() }));
    }
    let (root, between) = authority.path();
    let policy = Policy::strict().with_clock_tolerance(CLOCK_TOLERANCE);
    let krd = Krd::new(own, vec![TrustAnchor::new(root)], policy).map_err(refused)?;
    let krd = krd.with_intermediates(between);
    let mut binding = Binding::to(sender.certificate().clone());
    if let Some(nonce) = nonce {
        binding = binding.with_outstanding_nonce(nonce);
    }
    let verified = krd.verify(&mut binding, &token, unix_time(now)).map_err(refused)?;

    let taken = taken(&token, sender.certificate(), now).map_err(refused)?;
    if world.store.open_identity(taken.name()).await?.is_some() {
        return Err(refuse(Rule::KeyTokenTaken));
    }
    let spec = verified
        .wrapping_spec()
        .ok_or_else(|| refuse(Rule::KeyToken { code: "AlgorithmNotAllowed" }))?;
    let encrypted = verified.encrypted_content_key().to_vec();
    let content_key = match world.rsa_keys.decrypt(private_key, hash(spec), encrypted).await {
        Ok(key) => Some(key),
        Err(RsaKeysError::Decryption) => None,
        Err(error) => return Err(error.into()),
    };
    let received = wiping_stack(|| verified.open_with_content_key(content_key));
    let received = received.map_err(|_| refuse(Rule::KeyTokenRefused))?;
    let layout = received.layout();
    let header = received.header().header().clone();
    let arrival = Arrival::of(&header, received.into_key(), &at)?;
    let write = Write::PutIdentity { identity: taken, private_key: None };
    Ok(Arrival { writes: vec![write], layout: Some(layout), ..arrival })
}

/// Who receives: the certificate, and the private key of it.
async fn receiver<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    wish: &WrapperWish,
) -> Result<(Certificate, PrivateKey), Error> {
    match wish {
        WrapperWish::Token { token, at } => {
            let refuse = || Error::invalid(at.clone(), Rule::ImportToken);
            let found = world.store.open_identity(&IdentityName::Import(token.clone())).await?;
            let now = world.clock.now();
            let found = found.filter(|found| {
                let identity = &found.identity;
                identity.valid_until() > now && identity.imports == Some(ImportKind::Tr34KeyBlock)
            });
            let found = found.ok_or_else(refuse)?;
            let certificate = leaf(&found.identity)?;
            Ok((certificate, PrivateKey::of_identity(found).ok_or_else(refuse)?))
        }
        WrapperWish::Own { key, certificate: GivenCertificate { certificate, at } } => {
            let pair = own_pair(world, key).await?;
            let public_key = world.rsa_keys.public_key(pair).await?;
            if certificate.subject_public_key_info_der() != public_key {
                return Err(Error::invalid(at.clone(), Rule::CertificateOfOtherKey));
            }
            Ok((certificate.as_ref().clone(), own_pair(world, key).await?))
        }
    }
}

/// A key pair of the store that may receive keys.
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
    if attributes.usage() != KeyUsage::Tr34Asymmetric {
        return refuse(Rule::ReceivingUsage { found: attributes.usage() });
    }
    if !matches!(attributes.mode(), ModeOfUse::Decrypt | ModeOfUse::EncryptDecrypt) {
        return refuse(Rule::ReceivingMode { found: attributes.mode() });
    }
    Ok(PrivateKey::of_key(pair))
}

/// What is remembered of a token: written with the key, so that of two that come at once, one wins.
fn taken(
    token: &KtKdh<'_>,
    signer: &Certificate,
    now: crate::Timestamp,
) -> Result<Identity, tr34::Error> {
    let attributes = Parts::of(token)?.attributes();
    let algorithm = signer.public_key().algorithm().ok_or(tr34::Error::SenderKey)?;
    Ok(Identity {
        name: IdentityName::Taken(TakenToken::of(Sha256::digest(attributes).into())),
        version: 0,
        algorithm,
        certificate: signer.to_pem(),
        imports: None,
        approval: None,
        created: now,
        valid_until: now.plus_days(REMEMBERED_DAYS),
    })
}
