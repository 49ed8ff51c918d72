//! Signature algorithms, as certificates name them.

use alloc::vec::Vec;

use key_types::{AlgorithmFamily, HashAlgorithm, KeyAlgorithm};

use crate::reader::{OBJECT_IDENTIFIER, Reader};
use crate::writer::{identifier, sequence};
use crate::{Error, Member};

/// What kind of key a signature is by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    RsaPkcs1,
    Ecdsa,
}

/// A signature algorithm: RSASSA-PKCS1-v1_5 or ECDSA, with a hash of SHA-2.
///
/// ```
/// use key_types::HashAlgorithm;
/// use payment_pki::SignatureAlgorithm;
///
/// assert_eq!(SignatureAlgorithm::EcdsaSha384.hash(), HashAlgorithm::Sha384);
/// ```
///
/// Standard: RFC 8017, A.2.4; RFC 5758, 3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-224.
    RsaSha224,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
    /// ECDSA with SHA-224.
    EcdsaSha224,
    /// ECDSA with SHA-256.
    EcdsaSha256,
    /// ECDSA with SHA-384.
    EcdsaSha384,
    /// ECDSA with SHA-512.
    EcdsaSha512,
}

/// 1.2.840.113549.1.1, the arc of PKCS#1, and 1.2.840.10045.4.3, that of ECDSA with SHA-2.
const PKCS1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01];
const ECDSA: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03];

impl SignatureAlgorithm {
    /// The algorithm of a key with a hash, or `None` if there is none.
    ///
    /// ```
    /// use key_types::{HashAlgorithm, KeyAlgorithm};
    /// use payment_pki::SignatureAlgorithm;
    ///
    /// let of = SignatureAlgorithm::of_key;
    /// let (rsa, hash) = (KeyAlgorithm::Rsa4096, HashAlgorithm::Sha512);
    /// assert_eq!(of(rsa, hash), Some(SignatureAlgorithm::RsaSha512));
    /// assert_eq!(of(KeyAlgorithm::Aes128, hash), None);
    /// ```
    #[must_use]
    pub fn of_key(algorithm: KeyAlgorithm, hash: HashAlgorithm) -> Option<Self> {
        match algorithm.family() {
            AlgorithmFamily::Rsa => Self::of(Scheme::RsaPkcs1, hash),
            AlgorithmFamily::EllipticCurve => Self::of(Scheme::Ecdsa, hash),
            _ => None,
        }
    }

    /// Every algorithm.
    pub const ALL: &'static [Self] = &[
        Self::RsaSha224,
        Self::RsaSha256,
        Self::RsaSha384,
        Self::RsaSha512,
        Self::EcdsaSha224,
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
    ];

    /// The hash of the message.
    #[must_use]
    pub const fn hash(self) -> HashAlgorithm {
        self.row().1
    }

    /// The AlgorithmIdentifier in DER: NULL as parameters for RSA, none for ECDSA.
    pub(crate) fn to_der(self) -> Vec<u8> {
        let (scheme, _, last) = self.row();
        let (arc, parameters) = match scheme {
            Scheme::RsaPkcs1 => (PKCS1, &[0x05, 0x00][..]),
            Scheme::Ecdsa => (ECDSA, &[][..]),
        };
        sequence(&[&identifier(&[arc, &[last]].concat()), parameters])
    }

    /// The algorithm of a kind of key with a hash.
    pub(crate) fn of(scheme: Scheme, hash: HashAlgorithm) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.scheme() == scheme && it.hash() == hash)
    }

    pub(crate) const fn scheme(self) -> Scheme {
        self.row().0
    }

    /// Scheme, hash, and the last number of the object identifier in the arc of the scheme.
    const fn row(self) -> (Scheme, HashAlgorithm, u8) {
        use HashAlgorithm::{Sha224, Sha256, Sha384, Sha512};
        use Scheme::{Ecdsa, RsaPkcs1};
        match self {
            Self::RsaSha224 => (RsaPkcs1, Sha224, 14),
            Self::RsaSha256 => (RsaPkcs1, Sha256, 11),
            Self::RsaSha384 => (RsaPkcs1, Sha384, 12),
            Self::RsaSha512 => (RsaPkcs1, Sha512, 13),
            Self::EcdsaSha224 => (Ecdsa, Sha224, 1),
            Self::EcdsaSha256 => (Ecdsa, Sha256, 2),
            Self::EcdsaSha384 => (Ecdsa, Sha384, 3),
            Self::EcdsaSha512 => (Ecdsa, Sha512, 4),
        }
    }

    /// Reads an AlgorithmIdentifier from its contents; `None` for an algorithm that is not known
    /// here, SHA-1 among them.
    ///
    /// RSA has NULL as parameters, or none at all, which is seen too; ECDSA has none.
    pub(crate) fn read(mut contents: Reader<'_>) -> Result<Option<Self>, Error> {
        let identifier = contents.take(OBJECT_IDENTIFIER)?;
        let identifier = contents.bytes(&identifier.contents);
        let parameters = if contents.is_finished() { None } else { Some(contents.any()?) };
        contents.finish()?;
        let known = Self::ALL.iter().copied().find(|algorithm| {
            let (scheme, _, last) = algorithm.row();
            let (arc, allows_null) = match scheme {
                Scheme::RsaPkcs1 => (PKCS1, true),
                Scheme::Ecdsa => (ECDSA, false),
            };
            let is_null =
                parameters.as_ref().is_some_and(|it| it.tag == 5 && it.contents.is_empty());
            identifier.strip_prefix(arc) == Some(&[last])
                && (parameters.is_none() || (allows_null && is_null))
        });
        Ok(known)
    }
}

/// A signed structure of three parts: what is signed, how, and the signature.
pub(crate) struct Signed<'a> {
    /// A reader of the contents of what is signed.
    pub(crate) content: Reader<'a>,
    pub(crate) parts: SignedParts,
}

/// Where the parts of a signed structure stand, and how it is signed.
#[derive(Clone, Debug)]
pub(crate) struct SignedParts {
    pub(crate) signed: core::ops::Range<usize>,
    pub(crate) signature: core::ops::Range<usize>,
    pub(crate) algorithm: Option<SignatureAlgorithm>,
    /// The AlgorithmIdentifier, which what is signed repeats.
    pub(crate) identifier: core::ops::Range<usize>,
}

impl<'a> Signed<'a> {
    /// Reads a certificate or a revocation list in DER.
    ///
    /// Standard: RFC 5280, 4.1.1 and 5.1.1.
    pub(crate) fn read(der: &'a [u8], member: Member) -> Result<Self, Error> {
        let mut outer = Reader::of_whole(der, crate::reader::SEQUENCE, member)?;
        let content = outer.take(crate::reader::SEQUENCE)?;
        let identifier = outer.take(crate::reader::SEQUENCE)?;
        let algorithm = SignatureAlgorithm::read(outer.inside(&identifier))?;
        let signature = outer.whole_bits()?;
        outer.finish()?;
        let parts = SignedParts {
            signed: content.whole.clone(),
            signature,
            algorithm,
            identifier: identifier.whole,
        };
        Ok(Self { content: outer.inside(&content), parts })
    }

    /// Reads the AlgorithmIdentifier inside, which must be that outside.
    pub(crate) fn check_inner_algorithm(&mut self, member: Member) -> Result<(), Error> {
        let inner = self.content.take(crate::reader::SEQUENCE)?;
        let is_same =
            self.content.bytes(&inner.whole) == self.content.bytes(&self.parts.identifier);
        if is_same { Ok(()) } else { Err(Error::AlgorithmsDiffer { member }) }
    }
}
