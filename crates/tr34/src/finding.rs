//! What a token is not as its layout has it, and was read all the same.

use crate::Relaxation;

/// Something in a token that is not as its layout has it, or that a policy let pass.
///
/// Places are in bytes from the beginning of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The version of the SignedData is another.
    SignedDataVersion {
        /// Where.
        at: usize,
        /// The version.
        found: u8,
    },
    /// The version of the EnvelopedData is not 0.
    EnvelopedDataVersion {
        /// Where.
        at: usize,
    },
    /// The algorithm of the signature is named by the other identifier.
    SignatureName {
        /// Where.
        at: usize,
    },
    /// The parameters of RSAES-OAEP have the other form.
    OaepForm {
        /// Where.
        at: usize,
    },
    /// The ciphertext stands in the other place.
    CiphertextPlacement {
        /// Where.
        at: usize,
    },
    /// The signed attributes are in another order.
    AttributeOrder {
        /// Where.
        at: usize,
    },
    /// There are certificates inside, which the receiver does not rely on.
    Certificates {
        /// Where.
        at: usize,
    },
    /// There is a revocation list, which the layout has not.
    CrlInside {
        /// Where.
        at: usize,
    },
    /// There is no revocation list, which the layout has.
    CrlAbsent,
    /// The algorithm identifier of a digest has NULL as parameters.
    DigestNull {
        /// Where.
        at: usize,
    },
    /// There is a signed attribute that no layout has, and that is known.
    OtherAttribute {
        /// Where.
        at: usize,
    },
    /// There is a time of signing beside the nonce.
    TimeBesideNonce {
        /// Where.
        at: usize,
    },
    /// The path of the sender's certificate has something that was let pass.
    Path(payment_pki::Finding),
    /// A relaxation was needed.
    Relaxed(Relaxation),
}

impl Finding {
    /// Where, in bytes, or `None` if it has no place in the token.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match *self {
            Self::SignedDataVersion { at, .. }
            | Self::EnvelopedDataVersion { at }
            | Self::SignatureName { at }
            | Self::OaepForm { at }
            | Self::CiphertextPlacement { at }
            | Self::AttributeOrder { at }
            | Self::Certificates { at }
            | Self::CrlInside { at }
            | Self::DigestNull { at }
            | Self::OtherAttribute { at }
            | Self::TimeBesideNonce { at } => Some(at),
            Self::CrlAbsent | Self::Path(_) | Self::Relaxed(_) => None,
        }
    }
}
