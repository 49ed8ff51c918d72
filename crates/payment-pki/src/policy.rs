//! How strict a path is validated: every relaxation has a name.

use core::ops::RangeInclusive;

use crate::{PublicKey, SignatureAlgorithm};
use key_types::HashAlgorithm;

/// A rule that a policy lets be broken, because the field has certificates that break it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Relaxation {
    /// Certificates that have expired: devices outlive theirs.
    Expired,
    /// Leaves whose key usage names another use: some terminals encrypt under keys that are marked
    /// for signatures.
    KeyUsage,
    /// Extensions that occur twice, of which the first counts: the printed sample certificates of
    /// TR-34 have them.
    RepeatedExtension,
    /// Authorities that sign revocation lists without the key usage for it.
    CrlSign,
    /// Issuers with a weaker key than what they signed.
    WeakerIssuer,
    /// An authority as leaf, as samples for key agreement have it.
    AuthorityAsLeaf,
}

/// What is asked of revocation lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationPolicy {
    /// A list of the issuer is looked at if there is one; a certificate without one is a finding.
    IfPresent,
    /// There must be one for every certificate but the anchor.
    Required,
}

/// What a path must be like.
///
/// ```
/// use payment_pki::{Policy, Relaxation, RevocationPolicy};
///
/// let policy = Policy::strict()
///     .with(Relaxation::Expired)
///     .with_revocation(RevocationPolicy::Required)
///     .with_stale_grace(3_600);
/// assert!(policy.allows(Relaxation::Expired));
/// assert!(!policy.allows(Relaxation::KeyUsage));
/// ```
///
/// Standard: RFC 5280, 6.1 (as far as private payment PKIs go).
#[derive(Clone, Debug)]
pub struct Policy {
    relaxations: u8,
    revocation: RevocationPolicy,
    stale_grace: u64,
    modulus_bits: RangeInclusive<usize>,
    allows_elliptic_curves: bool,
    allows_sha224: bool,
    most_intermediates: usize,
}

impl Policy {
    /// No relaxation; RSA of 2048 to 4096 bits, the curves P-256, P-384 and P-521, SHA-256 and
    /// longer; at most three authorities between leaf and anchor; revocation lists where there are
    /// some.
    #[must_use]
    pub const fn strict() -> Self {
        Self {
            relaxations: 0,
            revocation: RevocationPolicy::IfPresent,
            stale_grace: 0,
            modulus_bits: 2048..=4096,
            allows_elliptic_curves: true,
            allows_sha224: false,
            most_intermediates: 3,
        }
    }

    /// The same policy with one more relaxation.
    #[must_use]
    pub fn with(self, relaxation: Relaxation) -> Self {
        Self { relaxations: self.relaxations | relaxation.bit(), ..self }
    }

    /// The same policy with another demand for revocation lists.
    #[must_use]
    pub fn with_revocation(self, revocation: RevocationPolicy) -> Self {
        Self { revocation, ..self }
    }

    /// The same policy, for which a revocation list is good for so many seconds after its next
    /// update.
    #[must_use]
    pub fn with_stale_grace(self, seconds: u64) -> Self {
        Self { stale_grace: seconds, ..self }
    }

    /// The same policy with other sizes of RSA moduli, in bits.
    #[must_use]
    pub fn with_modulus_bits(self, bits: RangeInclusive<usize>) -> Self {
        Self { modulus_bits: bits, ..self }
    }

    /// The same policy without elliptic curves.
    #[must_use]
    pub fn without_elliptic_curves(self) -> Self {
        Self { allows_elliptic_curves: false, ..self }
    }

    /// The same policy, with signatures over SHA-224 too.
    #[must_use]
    pub fn with_sha224(self) -> Self {
        Self { allows_sha224: true, ..self }
    }

    /// The same policy with another number of authorities between leaf and anchor.
    #[must_use]
    pub fn with_most_intermediates(self, most: usize) -> Self {
        Self { most_intermediates: most, ..self }
    }

    /// Whether the policy lets a rule be broken.
    #[must_use]
    pub const fn allows(&self, relaxation: Relaxation) -> bool {
        self.relaxations & relaxation.bit() != 0
    }

    pub(crate) const fn revocation(&self) -> RevocationPolicy {
        self.revocation
    }

    pub(crate) const fn stale_grace(&self) -> u64 {
        self.stale_grace
    }

    pub(crate) const fn most_intermediates(&self) -> usize {
        self.most_intermediates
    }

    pub(crate) fn allows_key(&self, key: &PublicKey) -> bool {
        match key.modulus_bits() {
            Some(bits) => self.modulus_bits.contains(&bits),
            None => self.allows_elliptic_curves,
        }
    }

    pub(crate) fn allows_signature(&self, algorithm: Option<SignatureAlgorithm>) -> bool {
        algorithm.is_some_and(|it| self.allows_sha224 || it.hash() != HashAlgorithm::Sha224)
    }
}

impl Relaxation {
    const fn bit(self) -> u8 {
        let place = match self {
            Self::Expired => 0,
            Self::KeyUsage => 1,
            Self::RepeatedExtension => 2,
            Self::CrlSign => 3,
            Self::WeakerIssuer => 4,
            Self::AuthorityAsLeaf => 5,
        };
        1 << place
    }
}
