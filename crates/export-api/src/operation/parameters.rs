//! Tokens, of export and import: a key pair for a while, and its certificate.

use key_types::{AlgorithmFamily, KeyAlgorithm};

use crate::Named;
use crate::authority::AccountAuthority;
use crate::error::{Error, Fault, Member};
use crate::identity::{ExportToken, Identity, IdentityName, ImportToken, TokenKind};
use crate::names::named_enum;
use crate::operation::ID_LENGTH;
use crate::ports::{Clock, KeyStore, NewKeyPair, Randomness, RsaKeys, Write};
use crate::rules::Rule;
use crate::service::World;
use crate::wire::{Members, encoded};

/// How long a token is valid, and for how long it must be when it is given again.
const VALIDITY_DAYS: u16 = 30;
const LEAST_DAYS: u16 = 7;

named_enum! {
    /// What is to be exported or imported.
    pub(crate) enum KeyMaterialType {
        /// A TR-34 key block.
        Tr34KeyBlock = "TR34_KEY_BLOCK",
        /// A TR-31 key block.
        Tr31KeyBlock = "TR31_KEY_BLOCK",
        /// The certificate of a root.
        RootPublicKeyCertificate = "ROOT_PUBLIC_KEY_CERTIFICATE",
        /// The certificate of an authority below a root.
        TrustedPublicKeyCertificate = "TRUSTED_PUBLIC_KEY_CERTIFICATE",
        /// An RSA cryptogram.
        KeyCryptogram = "KEY_CRYPTOGRAM",
    }
}

/// The algorithms of tokens.
const ALGORITHMS: &[KeyAlgorithm] =
    &[KeyAlgorithm::Rsa2048, KeyAlgorithm::Rsa3072, KeyAlgorithm::Rsa4096];

/// Reads a type of which only some are offered.
pub(super) fn material_type(
    members: &mut Members,
    offered: &[KeyMaterialType],
) -> Result<KeyMaterialType, Error> {
    let kind: KeyMaterialType = members.required("KeyMaterialType")?;
    if offered.contains(&kind) {
        return Ok(kind);
    }
    let names = offered.iter().map(|kind| kind.name()).collect();
    Err(Error::invalid("KeyMaterialType", Rule::OneOf { names }))
}

/// Reads the algorithm of a token.
pub(super) fn algorithm(members: &mut Members, name: &'static str) -> Result<KeyAlgorithm, Error> {
    let algorithm: KeyAlgorithm = members.required(name)?;
    if algorithm.family() == AlgorithmFamily::Rsa {
        return Ok(algorithm);
    }
    let names = ALGORITHMS.iter().map(|algorithm| algorithm.name()).collect();
    Err(Error::invalid(Member::from(name), Rule::OneOf { names }))
}

/// A token of a kind, and the chain above its certificate: another one, or the last one while it is
/// valid long enough.
pub(super) async fn token<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    kind: TokenKind,
    reuses: bool,
) -> Result<(Identity, String), Error> {
    let authority = AccountAuthority::open(world).await?;
    let chain = encoded([authority.certificate()]);
    let now = world.clock.now();
    if reuses
        && let Some(token) = world.store.latest_token(kind).await?
        && token.valid_until >= now.plus_days(LEAST_DAYS)
    {
        return Ok((token, chain));
    }
    let NewKeyPair { private_key, public_key } = world.rsa_keys.generate(kind.algorithm).await?;
    let valid_until = now.plus_days(VALIDITY_DAYS);
    let certificate = authority.issue(world, &public_key, valid_until).await?;
    let identity = Identity {
        name: name(kind, &world.random_id(ID_LENGTH)?)?,
        version: 0,
        algorithm: kind.algorithm,
        certificate: certificate.to_pem(),
        imports: kind.imports,
        approval: None,
        created: now,
        valid_until,
    };
    let write = Write::PutIdentity { identity: identity.clone(), private_key: Some(private_key) };
    world.store.commit(vec![write]).await?;
    Ok((identity, chain))
}

fn name(kind: TokenKind, id: &str) -> Result<IdentityName, Error> {
    let named = match kind.imports {
        None => format!("{}{id}", ExportToken::PREFIX).parse().map(IdentityName::Token),
        Some(_) => format!("{}{id}", ImportToken::PREFIX).parse().map(IdentityName::Import),
    };
    named.map_err(|_| Error::Internal { cause: Fault::Answer })
}
