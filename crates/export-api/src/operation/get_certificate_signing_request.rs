//! GetCertificateSigningRequest: a request for a certificate, signed by a key pair.

use key_types::HashAlgorithm;
use payment_pki::{SignatureAlgorithm, UnsignedRequest};
use serde::Serialize;

use crate::access::Touches;
use crate::error::{Error, Fault};
use crate::export::require_usable;
use crate::key::KeyClass;
use crate::names::named_enum;
use crate::ports::{Clock, KeyStore, PrivateKey, Randomness, RsaKeys};
use crate::rules::Rule;
use crate::service::{Call, World};
use crate::wire::{KeyIdentifier, Members, Subject, encoded_pem};

named_enum! {
    /// The hash of the signature.
    pub(crate) enum SigningAlgorithm {
        /// SHA-224.
        Sha224 = "SHA224",
        /// SHA-256.
        Sha256 = "SHA256",
        /// SHA-384.
        Sha384 = "SHA384",
        /// SHA-512.
        Sha512 = "SHA512",
    }
}

pub(crate) struct GetCertificateSigningRequest {
    key: KeyIdentifier,
    hash: HashAlgorithm,
    subject: Subject,
}

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SigningRequestAnswer {
    certificate_signing_request: String,
}

impl Call for GetCertificateSigningRequest {
    type Answer = SigningRequestAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        let key = members.required("KeyIdentifier")?;
        let hash = match members.required("SigningAlgorithm")? {
            // Nothing that signs for this endpoint offers it.
            SigningAlgorithm::Sha224 => {
                let rule = Rule::NotOffered { offered: "SHA256, SHA384, SHA512" };
                return Err(Error::invalid("SigningAlgorithm", rule));
            }
            SigningAlgorithm::Sha256 => HashAlgorithm::Sha256,
            SigningAlgorithm::Sha384 => HashAlgorithm::Sha384,
            SigningAlgorithm::Sha512 => HashAlgorithm::Sha512,
        };
        Ok(Self { key, hash, subject: members.required("CertificateSubject")? })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::key(&mut self.key)
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<SigningRequestAnswer, Error> {
        let pair = world.open_key(&self.key).await?;
        require_usable(&pair.key, &self.key)?;
        let attributes = *pair.key.attributes();
        if attributes.class() != KeyClass::AsymmetricKeyPair {
            return Err(Error::invalid(self.key.member().clone(), Rule::NotAPair));
        }
        let refused = |code| Error::Internal {
            cause: Fault::RefusedByCrate { crate_name: "payment-pki", code },
        };
        let algorithm = SignatureAlgorithm::of_key(attributes.algorithm(), self.hash)
            .ok_or_else(|| refused("AlgorithmUnknown"))?;
        let again = world.open_key(&self.key).await?;
        let public_key = world.rsa_keys.public_key(PrivateKey::of_key(again)).await?;
        let unsigned = UnsignedRequest::new(&self.subject.0, &public_key, algorithm)
            .map_err(|error| refused(error.code()))?;
        let message = unsigned.message().to_vec();
        let signature = world.rsa_keys.sign(PrivateKey::of_key(pair), self.hash, message).await?;
        let request = unsigned.signed(&signature).map_err(|error| refused(error.code()))?;
        Ok(SigningRequestAnswer { certificate_signing_request: encoded_pem(&request.to_pem()) })
    }
}
