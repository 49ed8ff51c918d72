//! What is to be taken.

use rsa_wrap::WrappingSpec;

use crate::access::Touches;
use crate::error::Member;
use crate::identity::ImportToken;
use crate::key::KeyAttributes;
use crate::wire::{GivenCertificate, KeyIdentifier};

/// A key or a certificate in the form it comes in.
pub(crate) enum Form {
    Certificate(CertificateWish),
    Tr31(Tr31Import),
    Tr34(Box<Tr34Import>),
    Cryptogram(CryptogramImport),
}

impl Form {
    /// What the import touches, beside what was found already.
    pub(crate) fn touches<'a>(&'a mut self, mut touches: Touches<'a>) -> Touches<'a> {
        let material = match self {
            Self::Certificate(wish) => {
                let is_root = wish.authority.is_none();
                touches.authority = wish.authority.as_mut();
                if is_root { "RootCertificatePublicKey" } else { "TrustedCertificatePublicKey" }
            }
            Self::Tr31(wish) => {
                touches.wrapping_key = Some(&mut wish.wrapping_key);
                "Tr31KeyBlock"
            }
            Self::Tr34(wish) => {
                touches.authority = Some(&mut wish.authority);
                if let WrapperWish::Own { key, .. } = &mut wish.wrapper {
                    touches.wrapping_key = Some(key);
                }
                "Tr34KeyBlock"
            }
            Self::Cryptogram(_) => "KeyCryptogram",
        };
        touches.circumstances.material = Some(material);
        touches
    }
}

/// A certificate that is to be trusted.
pub(crate) struct CertificateWish {
    pub(crate) attributes: KeyAttributes,
    pub(crate) certificate: GivenCertificate,
    /// Who has issued it, or `None` if it is a root.
    pub(crate) authority: Option<KeyIdentifier>,
}

/// A TR-31 key block under a key of the store.
pub(crate) struct Tr31Import {
    pub(crate) wrapping_key: KeyIdentifier,
    pub(crate) block: String,
    /// The member that held the block, for messages.
    pub(crate) at: Member,
}

/// A TR-34 key token for a key pair of this endpoint.
pub(crate) struct Tr34Import {
    pub(crate) authority: KeyIdentifier,
    pub(crate) signer: GivenCertificate,
    pub(crate) wrapper: WrapperWish,
    pub(crate) token: Vec<u8>,
    /// The member that held the token, for messages.
    pub(crate) at: Member,
    /// The random number that the token is to have; without one, it is fresh by its time.
    pub(crate) nonce: Option<tr34::Nonce>,
}

/// Under which key pair a token is.
pub(crate) enum WrapperWish {
    /// The key pair behind a token of this endpoint.
    Token { token: ImportToken, at: Member },
    /// A key pair of the store, with a certificate that somebody else has issued.
    Own { key: KeyIdentifier, certificate: GivenCertificate },
}

/// An RSA cryptogram for a key pair of this endpoint.
pub(crate) struct CryptogramImport {
    pub(crate) attributes: KeyAttributes,
    pub(crate) exportable: bool,
    pub(crate) cryptogram: Vec<u8>,
    /// The member that held the cryptogram, for messages.
    pub(crate) at: Member,
    pub(crate) token: ImportToken,
    /// The member that held the token, for messages.
    pub(crate) token_at: Member,
    pub(crate) spec: WrappingSpec,
}
