//! What lacks its signature: a certificate, a revocation list, a request.

use alloc::vec::Vec;

use rand_core::TryCryptoRng;

use crate::writer::{sequence, whole_bits};
use crate::{Error, PublicKey, Sign, SignatureAlgorithm};

/// A structure of three parts that is complete but for its signature.
#[derive(Clone, Debug)]
pub(crate) struct Unsigned {
    message: Vec<u8>,
    algorithm: SignatureAlgorithm,
    signer: PublicKey,
}

impl Unsigned {
    pub(crate) const fn new(
        message: Vec<u8>,
        algorithm: SignatureAlgorithm,
        signer: PublicKey,
    ) -> Self {
        Self { message, algorithm, signer }
    }

    pub(crate) fn message(&self) -> &[u8] {
        &self.message
    }

    /// Verifies a signature, so that a faulty one does not leave, and gives the whole in DER.
    pub(crate) fn signed(&self, signature: &[u8]) -> Result<Vec<u8>, Error> {
        self.signer.verify(self.algorithm, &self.message, signature)?;
        Ok(sequence(&[&self.message, &self.algorithm.to_der(), &whole_bits(signature)]))
    }

    pub(crate) fn signature_by<K: Sign, R: TryCryptoRng + ?Sized>(
        &self,
        key: &K,
        random: &mut R,
    ) -> Result<Vec<u8>, Error> {
        if key.signature_algorithm() != self.algorithm {
            return Err(Error::SigningFailed);
        }
        key.sign(&self.message, random).map_err(|_| Error::SigningFailed)
    }
}

/// The two ways to a signature, for a type that holds an [`Unsigned`] and a type that it becomes.
macro_rules! signing {
    ($unsigned:ident => $signed:ident) => {
        impl $unsigned {
            /// What is to be signed.
            #[must_use]
            pub fn message(&self) -> &[u8] {
                self.unsigned.message()
            }

            /// Takes the signature of [`message`](Self::message), and verifies it first, so that a
            /// faulty one, or one by the wrong key, does not leave.
            ///
            /// # Errors
            ///
            /// [`Error::SignatureInvalid`].
            pub fn signed(self, signature: &[u8]) -> Result<$signed, Error> {
                $signed::from_der(&self.unsigned.signed(signature)?)
            }

            /// Signs.
            ///
            /// # Errors
            ///
            /// [`Error::SigningFailed`] if the key signs by another algorithm or not at all,
            /// [`Error::SignatureInvalid`] if it is not the one it should be.
            pub fn signed_by<K: Sign, R: TryCryptoRng + ?Sized>(
                self,
                key: &K,
                random: &mut R,
            ) -> Result<$signed, Error> {
                let signature = self.unsigned.signature_by(key, random)?;
                self.signed(&signature)
            }
        }
    };
}

pub(crate) use signing;
