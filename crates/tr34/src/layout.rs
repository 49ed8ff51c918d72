//! The five forms in which key tokens are found: one row of choices for each.

/// The form of a key token.
///
/// The standard has no single one: what its text says, what its samples show, and what the field
/// sends differ. Whoever reads takes all five; whoever writes chooses one by name.
///
/// | Layout | Content | Ciphertext | OAEP parameters | KeyBlock | SignedData | Signature | Attributes | CRL |
/// |---|---|---|---|---|---|---|---|---|
/// | `StrictCms` | SEQUENCE | beside | tagged | 1, attribute | 3 | sha256WithRSA | DER order | yes |
/// | `AnnexD` | SEQUENCE | beside | tagged | 0, octets | 3 | sha256WithRSA | DER order | yes |
/// | `AnnexB2019` | SEQUENCE | inside | untagged | 1, attribute | 1 | rsaEncryption | fixed order | yes |
/// | `Corrigendum2019` | SEQUENCE | beside | untagged | 1, attribute | 1 | rsaEncryption | fixed order | yes |
/// | `X9Tr34_2012` | contents only | inside | untagged | 1, attribute | 1 | rsaEncryption | fixed order | no |
///
/// *Inside* means within the AlgorithmIdentifier of the content cipher.
///
/// ```
/// use tr34::Layout;
///
/// assert_eq!(Layout::default(), Layout::X9Tr34_2012);
/// assert_eq!(Layout::from_code('A'), Some(Layout::StrictCms));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// `A`: CMS as RFC 5652 has it; OpenSSL reads it.
    StrictCms,
    /// `B`: as annex D of TR 34-2019 spells it, with a key block of version 0.
    AnnexD,
    /// `C`: as the samples in annex B of TR 34-2019 are printed.
    AnnexB2019,
    /// `D`: as the corrigendum to TR 34-2019 prints them.
    Corrigendum2019,
    /// `E`: as payment services and HSMs exchange it under the name of TR 34-2012, byte for byte
    /// as AWS Payment Cryptography writes it.
    #[default]
    X9Tr34_2012,
}

/// Whether the content of a SignedData has its own tag and length.
///
/// PKCS #7 hashed content without them, and some senders leave them out to this day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentForm {
    /// It is a SEQUENCE, as CMS has it.
    Sequence,
    /// Only the contents of the SEQUENCE are there.
    ContentsOnly,
}

/// Where the ciphertext stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Beside the AlgorithmIdentifier of the content cipher.
    Beside,
    /// Inside it.
    Inside,
}

/// How parameters of RSAES-OAEP are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OaepForm {
    Tagged,
    Untagged,
}

/// The version of a KeyBlock, and with it the form of the header inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyBlockForm {
    /// Version 0, the header as an OCTET STRING.
    Octets,
    /// Version 1, the header as an attribute.
    Attribute,
}

/// How the algorithm of the signature is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureName {
    RsaEncryption,
    Sha256WithRsa,
}

/// The order of signed attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttributeOrder {
    /// By their encoding, as DER sorts a SET OF.
    Der,
    /// Content type, nonce or time, header, digest. With a nonce of 8 bytes this is DER order, with
    /// a longer one it is not.
    Fixed,
}

/// Whether a token carries the revocation list of its sender's authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrlPlacement {
    /// In the token.
    Inside,
    /// Not in the token.
    Absent,
}

/// The choices of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choices {
    pub(crate) content: ContentForm,
    pub(crate) ciphertext: Placement,
    pub(crate) oaep: OaepForm,
    pub(crate) key_block: KeyBlockForm,
    pub(crate) version: u8,
    pub(crate) signature: SignatureName,
    pub(crate) order: AttributeOrder,
    pub(crate) crl: CrlPlacement,
}

impl Layout {
    /// Every layout, in the order of their letters.
    pub const ALL: &'static [Self] = &[
        Self::StrictCms,
        Self::AnnexD,
        Self::AnnexB2019,
        Self::Corrigendum2019,
        Self::X9Tr34_2012,
    ];

    /// The letter that stands for a layout, `A` to `E`.
    #[must_use]
    pub const fn code(self) -> char {
        match self {
            Self::StrictCms => 'A',
            Self::AnnexD => 'B',
            Self::AnnexB2019 => 'C',
            Self::Corrigendum2019 => 'D',
            Self::X9Tr34_2012 => 'E',
        }
    }

    /// The layout of a letter.
    #[must_use]
    pub fn from_code(code: char) -> Option<Self> {
        Self::ALL.iter().copied().find(|layout| layout.code() == code)
    }

    pub(crate) const fn choices(self) -> Choices {
        const CMS: Choices = Choices {
            content: ContentForm::Sequence,
            ciphertext: Placement::Beside,
            oaep: OaepForm::Tagged,
            key_block: KeyBlockForm::Attribute,
            version: 3,
            signature: SignatureName::Sha256WithRsa,
            order: AttributeOrder::Der,
            crl: CrlPlacement::Inside,
        };
        const PRINTED: Choices = Choices {
            content: ContentForm::Sequence,
            ciphertext: Placement::Beside,
            oaep: OaepForm::Untagged,
            key_block: KeyBlockForm::Attribute,
            version: 1,
            signature: SignatureName::RsaEncryption,
            order: AttributeOrder::Fixed,
            crl: CrlPlacement::Inside,
        };
        match self {
            Self::StrictCms => CMS,
            Self::AnnexD => Choices { key_block: KeyBlockForm::Octets, ..CMS },
            Self::AnnexB2019 => Choices { ciphertext: Placement::Inside, ..PRINTED },
            Self::Corrigendum2019 => PRINTED,
            Self::X9Tr34_2012 => Choices {
                content: ContentForm::ContentsOnly,
                ciphertext: Placement::Inside,
                crl: CrlPlacement::Absent,
                ..PRINTED
            },
        }
    }

    /// The layout that a token has by what shows before it is decrypted; `AnnexD` shows only then.
    pub(crate) const fn of(content: ContentForm, ciphertext: Placement, oaep: OaepForm) -> Self {
        match (content, ciphertext, oaep) {
            (ContentForm::ContentsOnly, _, _) => Self::X9Tr34_2012,
            (ContentForm::Sequence, Placement::Inside, _) => Self::AnnexB2019,
            (ContentForm::Sequence, Placement::Beside, OaepForm::Untagged) => Self::Corrigendum2019,
            (ContentForm::Sequence, Placement::Beside, OaepForm::Tagged) => Self::StrictCms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_told_apart_by_what_shows() {
        for &layout in Layout::ALL {
            let Choices { content, ciphertext, oaep, .. } = layout.choices();
            let shown = Layout::of(content, ciphertext, oaep);
            let expected = if layout == Layout::AnnexD { Layout::StrictCms } else { layout };
            assert_eq!(shown, expected);
            assert_eq!(Layout::from_code(layout.code()), Some(layout));
        }
        assert_eq!(Layout::from_code('F'), None);
    }
}
