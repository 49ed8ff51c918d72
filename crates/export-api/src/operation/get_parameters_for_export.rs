//! GetParametersForExport: a signing certificate, and the token that stands for its key.

use key_types::{AlgorithmFamily, KeyAlgorithm};
use serde::Serialize;

use crate::Named;
use crate::authority::{AccountAuthority, leaf};
use crate::error::{Error, Fault};
use crate::identity::{ExportToken, Identity, IdentityName};
use crate::names::named_enum;
use crate::operation::ID_LENGTH;
use crate::ports::{Clock, KeyStore, NewKeyPair, Randomness, RsaKeys, Write};
use crate::rules::Rule;
use crate::service::{Call, World};
use crate::time::{Timestamp, wire_seconds};
use crate::wire::{Members, encoded};

/// How long a token is valid, and for how long it must be when it is given again.
const VALIDITY_DAYS: u16 = 30;
const LEAST_DAYS: u16 = 7;

named_enum! {
    /// What is to be exported or imported.
    pub(crate) enum KeyMaterialType {
        /// A TR-34 key block, the one form that is signed.
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

/// The algorithms that sign.
const SIGNING: &[KeyAlgorithm] =
    &[KeyAlgorithm::Rsa2048, KeyAlgorithm::Rsa3072, KeyAlgorithm::Rsa4096];

pub(crate) struct GetParametersForExport {
    algorithm: KeyAlgorithm,
    reuses: bool,
}

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ParametersForExport {
    signing_key_certificate: String,
    signing_key_certificate_chain: String,
    signing_key_algorithm: &'static str,
    export_token: String,
    #[serde(serialize_with = "wire_seconds")]
    parameters_valid_until_timestamp: Timestamp,
}

impl Call for GetParametersForExport {
    type Answer = ParametersForExport;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        let kind: KeyMaterialType = members.required("KeyMaterialType")?;
        if kind != KeyMaterialType::Tr34KeyBlock {
            let names = vec![KeyMaterialType::Tr34KeyBlock.name()];
            return Err(Error::invalid("KeyMaterialType", Rule::OneOf { names }));
        }
        let algorithm: KeyAlgorithm = members.required("SigningKeyAlgorithm")?;
        if algorithm.family() != AlgorithmFamily::Rsa {
            let names = SIGNING.iter().map(|algorithm| algorithm.name()).collect();
            return Err(Error::invalid("SigningKeyAlgorithm", Rule::OneOf { names }));
        }
        let reuses = members.optional("ReuseLastGeneratedToken")?.unwrap_or(false);
        Ok(Self { algorithm, reuses })
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ParametersForExport, Error> {
        let authority = AccountAuthority::open(world).await?;
        let chain = encoded([authority.certificate()]);
        let now = world.clock.now();
        if self.reuses
            && let Some(token) = world.store.latest_token(self.algorithm).await?
            && token.valid_until >= now.plus_days(LEAST_DAYS)
        {
            return answer(&token, chain);
        }
        let NewKeyPair { private_key, public_key } =
            world.rsa_keys.generate(self.algorithm).await?;
        let valid_until = now.plus_days(VALIDITY_DAYS);
        let certificate = authority.issue(world, &public_key, valid_until).await?;
        let text = format!("{}{}", ExportToken::PREFIX, world.random_id(ID_LENGTH)?);
        let token = text.parse().map_err(|_| Error::Internal { cause: Fault::Answer })?;
        let identity = Identity {
            name: IdentityName::Token(token),
            version: 0,
            algorithm: self.algorithm,
            certificate: certificate.to_pem(),
            created: now,
            valid_until,
        };
        let write =
            Write::PutIdentity { identity: identity.clone(), private_key: Some(private_key) };
        world.store.commit(vec![write]).await?;
        answer(&identity, chain)
    }
}

fn answer(token: &Identity, chain: String) -> Result<ParametersForExport, Error> {
    Ok(ParametersForExport {
        signing_key_certificate: encoded([&leaf(token)?]),
        signing_key_certificate_chain: chain,
        signing_key_algorithm: token.algorithm.name(),
        export_token: token.name.to_string(),
        parameters_valid_until_timestamp: token.valid_until,
    })
}
