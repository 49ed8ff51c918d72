//! What may be let pass: every relaxation has a name.

use core::fmt;

/// A rule of this crate that a policy lets be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Relaxation {
    /// A key that is stronger than the RSA key it goes under, or that goes under none: AES-128
    /// under RSA-2048, AES-256 under any.
    WeakerRecipient,
    /// A key that is stronger than the content key: AES under TDES.
    WeakerContentKey,
    /// A TDES key whose parts are equal.
    EqualTdesParts,
    /// Signed attributes that are not known here.
    UnknownAttributes,
    /// A one-pass token without revocation list, in a layout that has one.
    OnePassWithoutCrl,
    /// A SignedData of another version than its layout has; nobody signs the version.
    SignedDataVersion,
}

impl Relaxation {
    const fn bit(self) -> u8 {
        let place = match self {
            Self::WeakerRecipient => 0,
            Self::WeakerContentKey => 1,
            Self::EqualTdesParts => 2,
            Self::UnknownAttributes => 3,
            Self::OnePassWithoutCrl => 4,
            Self::SignedDataVersion => 5,
        };
        1 << place
    }
}

impl fmt::Display for Relaxation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::WeakerRecipient => "the key is stronger than the receiver's RSA key",
            Self::WeakerContentKey => "the key is stronger than the content key",
            Self::EqualTdesParts => "the parts of the TDES key are equal",
            Self::UnknownAttributes => "a signed attribute is not known",
            Self::OnePassWithoutCrl => "a one-pass token of this layout has a revocation list",
            Self::SignedDataVersion => "the SignedData has another version than its layout",
        })
    }
}

/// The relaxations that someone has asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Relaxations {
    bits: u8,
}

impl Relaxations {
    pub(crate) const fn with(self, relaxation: Relaxation) -> Self {
        Self { bits: self.bits | relaxation.bit() }
    }

    pub(crate) const fn allow(self, relaxation: Relaxation) -> bool {
        self.bits & relaxation.bit() != 0
    }
}

/// How strict a receiver is.
///
/// ```
/// use tr34::{Policy, Relaxation};
///
/// let policy = Policy::strict().with(Relaxation::WeakerRecipient).with_longest_age(86_400);
/// assert!(policy.allows(Relaxation::WeakerRecipient));
/// assert!(!policy.allows(Relaxation::EqualTdesParts));
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    path: payment_pki::Policy,
    relaxations: Relaxations,
    clock_tolerance: u64,
    longest_age: Option<u64>,
}

impl Policy {
    /// No relaxation, here or in the paths of certificates; a time of signing may be as long ago
    /// as the last one accepted lets it be, and not in the future.
    #[must_use]
    pub const fn strict() -> Self {
        Self {
            path: payment_pki::Policy::strict(),
            relaxations: Relaxations { bits: 0 },
            clock_tolerance: 0,
            longest_age: None,
        }
    }

    /// The same policy with one more relaxation.
    #[must_use]
    pub fn with(self, relaxation: Relaxation) -> Self {
        Self { relaxations: self.relaxations.with(relaxation), ..self }
    }

    /// The same policy with another one for paths of certificates.
    #[must_use]
    pub fn with_path_policy(self, path: payment_pki::Policy) -> Self {
        Self { path, ..self }
    }

    /// The same policy, under which clocks may differ by so many seconds.
    #[must_use]
    pub fn with_clock_tolerance(self, seconds: u64) -> Self {
        Self { clock_tolerance: seconds, ..self }
    }

    /// The same policy, under which a time of signing may be so many seconds ago.
    #[must_use]
    pub fn with_longest_age(self, seconds: u64) -> Self {
        Self { longest_age: Some(seconds), ..self }
    }

    /// Whether the policy lets a rule be broken.
    #[must_use]
    pub const fn allows(&self, relaxation: Relaxation) -> bool {
        self.relaxations.allow(relaxation)
    }

    pub(crate) const fn relaxations(&self) -> Relaxations {
        self.relaxations
    }

    pub(crate) const fn path(&self) -> &payment_pki::Policy {
        &self.path
    }

    pub(crate) const fn clock_tolerance(&self) -> u64 {
        self.clock_tolerance
    }

    pub(crate) const fn longest_age(&self) -> Option<u64> {
        self.longest_age
    }
}
