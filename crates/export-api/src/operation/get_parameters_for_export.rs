//! GetParametersForExport: a signing certificate, and the token that stands for its key.

use serde::Serialize;

use super::parameters::{self, KeyMaterialType};
use crate::Named;
use crate::access::Touches;
use crate::authority::leaf;
use crate::error::Error;
use crate::identity::TokenKind;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::time::{Timestamp, wire_seconds};
use crate::wire::{Members, encoded};

/// The one form that is signed.
const OFFERED: &[KeyMaterialType] = &[KeyMaterialType::Tr34KeyBlock];

pub(crate) struct GetParametersForExport {
    kind: TokenKind,
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
        parameters::material_type(members, OFFERED)?;
        let algorithm = parameters::algorithm(members, "SigningKeyAlgorithm")?;
        let reuses = members.optional("ReuseLastGeneratedToken")?.unwrap_or(false);
        Ok(Self { kind: TokenKind::export(algorithm), reuses })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::account()
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ParametersForExport, Error> {
        let (token, chain) = parameters::token(world, self.kind, self.reuses).await?;
        Ok(ParametersForExport {
            signing_key_certificate: encoded([&leaf(&token)?]),
            signing_key_certificate_chain: chain,
            signing_key_algorithm: token.algorithm.name(),
            export_token: token.name.to_string(),
            parameters_valid_until_timestamp: token.valid_until,
        })
    }
}
