//! Whom to trust, and who is trusted.

use alloc::vec::Vec;
use core::marker::PhantomData;

use crate::Certificate;
use crate::policy::Relaxation;
use crate::role::Role;

/// A certificate that is trusted for a role without further proof: the end of a path.
///
/// One authority for two roles is registered twice. Where both ends of TR-34 have one common root,
/// a receiver could pass for a sender: then register the authorities below it instead.
#[derive(Clone, Debug)]
pub struct TrustAnchor<R> {
    certificate: Certificate,
    role: PhantomData<R>,
}

impl<R: Role> TrustAnchor<R> {
    /// Trusts what this certificate signs, in the role of `R`.
    #[must_use]
    pub const fn new(certificate: Certificate) -> Self {
        Self { certificate, role: PhantomData }
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// Something that a validated path is not as it should be, and that was let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// A relaxation of the policy was needed.
    Relaxed {
        /// Which one.
        relaxation: Relaxation,
        /// For which certificate of the path: 0 is the leaf.
        index: usize,
    },
    /// There was no revocation list for a certificate.
    RevocationUnknown {
        /// Which certificate of the path.
        index: usize,
    },
    /// A revocation list was past its next update, and within the grace of the policy.
    CrlStale {
        /// The list for which certificate of the path.
        index: usize,
    },
    /// The leaf says nothing of its use: it has no extensions for it.
    UseNotStated,
}

/// A certificate that was validated for a role: it exists only by way of
/// [`validate`](crate::validate).
#[derive(Clone, Debug)]
pub struct Trusted<R> {
    certificate: Certificate,
    issuer: Certificate,
    findings: Vec<Finding>,
    role: PhantomData<R>,
}

impl<R: Role> Trusted<R> {
    pub(crate) const fn new(
        certificate: Certificate,
        issuer: Certificate,
        findings: Vec<Finding>,
    ) -> Self {
        Self { certificate, issuer, findings, role: PhantomData }
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The certificate above it on the path, that of its authority.
    #[must_use]
    pub const fn issuer(&self) -> &Certificate {
        &self.issuer
    }

    /// What was let pass on the way.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
