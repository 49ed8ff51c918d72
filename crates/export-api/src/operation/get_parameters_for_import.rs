//! GetParametersForImport: a certificate to wrap keys under, and the token that stands for its key.

use serde::Serialize;

use super::parameters::{self, KeyMaterialType};
use crate::Named;
use crate::access::Touches;
use crate::authority::leaf;
use crate::error::Error;
use crate::identity::{ImportKind, TokenKind};
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::time::{Timestamp, wire_seconds};
use crate::wire::{Members, encoded};

/// The two forms that go under a certificate.
const OFFERED: &[KeyMaterialType] =
    &[KeyMaterialType::Tr34KeyBlock, KeyMaterialType::KeyCryptogram];

pub(crate) struct GetParametersForImport {
    kind: TokenKind,
    reuses: bool,
}

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ParametersForImport {
    wrapping_key_certificate: String,
    wrapping_key_certificate_chain: String,
    wrapping_key_algorithm: &'static str,
    import_token: String,
    #[serde(serialize_with = "wire_seconds")]
    parameters_valid_until_timestamp: Timestamp,
}

impl Call for GetParametersForImport {
    type Answer = ParametersForImport;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        let imports = match parameters::material_type(members, OFFERED)? {
            KeyMaterialType::KeyCryptogram => ImportKind::KeyCryptogram,
            _ => ImportKind::Tr34KeyBlock,
        };
        let algorithm = parameters::algorithm(members, "WrappingKeyAlgorithm")?;
        let reuses = members.optional("ReuseLastGeneratedToken")?.unwrap_or(false);
        Ok(Self { kind: TokenKind::import(imports, algorithm), reuses })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::account()
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ParametersForImport, Error> {
        let (token, chain) = parameters::token(world, self.kind, self.reuses).await?;
        Ok(ParametersForImport {
            wrapping_key_certificate: encoded([&leaf(&token)?]),
            wrapping_key_certificate_chain: chain,
            wrapping_key_algorithm: token.algorithm.name(),
            import_token: token.name.to_string(),
            parameters_valid_until_timestamp: token.valid_until,
        })
    }
}
