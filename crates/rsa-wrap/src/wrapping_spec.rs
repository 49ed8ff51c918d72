//! Which OAEP.

/// An RSAES-OAEP scheme under the name payment services use for it.
///
/// The hash is that of the label and of MGF1 alike, and the label is empty.
///
/// ```
/// use rsa_wrap::WrappingSpec;
///
/// let spec = WrappingSpec::from_code("RSA_OAEP_SHA_256");
/// assert_eq!(spec, Some(WrappingSpec::RsaOaepSha256));
/// assert_eq!(WrappingSpec::RsaOaepSha512.capacity(256), Some(126));
/// ```
///
/// Standard: RFC 8017, 7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WrappingSpec {
    /// SHA-256 as hash and as hash of MGF1.
    RsaOaepSha256,
    /// SHA-512 as hash and as hash of MGF1.
    RsaOaepSha512,
}

impl WrappingSpec {
    /// Every scheme.
    pub const ALL: &'static [Self] = &[Self::RsaOaepSha256, Self::RsaOaepSha512];

    /// The name, for example `RSA_OAEP_SHA_256`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.row().0
    }

    /// The scheme of a name, or `None` for a name that is not known.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|spec| spec.code() == code)
    }

    /// The length of the hash in bytes, which is that of the seed too.
    #[must_use]
    pub const fn hash_length(self) -> usize {
        self.row().1
    }

    /// The longest key in bytes that fits under a modulus of so many bytes, or `None` if not even
    /// an empty one does.
    #[must_use]
    pub const fn capacity(self, modulus_length: usize) -> Option<usize> {
        // The first byte, the seed, the hash of the label and the separator are not the key's.
        modulus_length.checked_sub(2 * self.hash_length() + 2)
    }

    const fn row(self) -> (&'static str, usize) {
        match self {
            Self::RsaOaepSha256 => ("RSA_OAEP_SHA_256", 32),
            Self::RsaOaepSha512 => ("RSA_OAEP_SHA_512", 64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_are_those_of_the_standard() {
        let capacities = |spec: WrappingSpec| [256, 384, 512].map(|k| spec.capacity(k));
        assert_eq!(capacities(WrappingSpec::RsaOaepSha256), [Some(190), Some(318), Some(446)]);
        assert_eq!(capacities(WrappingSpec::RsaOaepSha512), [Some(126), Some(254), Some(382)]);
        assert_eq!(WrappingSpec::RsaOaepSha512.capacity(129), None);
    }

    #[test]
    fn names_lead_back() {
        for &spec in WrappingSpec::ALL {
            assert_eq!(WrappingSpec::from_code(spec.code()), Some(spec));
        }
        assert_eq!(WrappingSpec::from_code("RSA_OAEP_SHA_1"), None);
    }
}
