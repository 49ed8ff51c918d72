//! `cert verify`: whether a certificate is trusted for a role.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use payment_pki::role::{self, Role};
use payment_pki::{
    Certificate, Crl, Finding, Policy, Relaxation, RevocationPolicy, TrustAnchor, Trusted,
    UnixTime, validate,
};
use serde::Serialize;

use crate::certificates::{CertificateShown, crl_of_file, leaf_and_others, of_files, refused};
use crate::failure::Failure;
use crate::key_block::{FindingShown, write_findings};
use crate::page::Page;
use crate::session::{Report, Session};
use crate::time;

/// Verify that a certificate leads to an authority and is for a role; refuse it if not
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The certificate, and those of its authorities behind it
    #[arg(value_name = "FILE")]
    certificate: PathBuf,
    /// What the certificate is to be trusted for
    #[arg(long, value_enum)]
    role: RoleName,
    /// An authority that is trusted; may be given more than once
    #[arg(long, value_name = "FILE", required = true)]
    anchor: Vec<PathBuf>,
    /// Certificates of authorities in between; may be given more than once
    #[arg(long, value_name = "FILE")]
    intermediate: Vec<PathBuf>,
    /// A revocation list; may be given more than once
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// Refuse certificates for which there is no revocation list
    #[arg(long)]
    require_crl: bool,
    /// When it is to be valid, instead of now: YYYY-MM-DDThh:mm:ssZ
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,
    /// What to let pass; may be given more than once
    #[arg(long, value_enum, value_name = "RELAXATION")]
    allow: Vec<RelaxationName>,
}

/// The roles of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RoleName {
    /// Sender of TR-34 tokens
    Kdh,
    /// Receiver of TR-34 tokens and of RSA cryptograms
    Krd,
    /// Authority of senders
    KdhAuthority,
    /// Authority of receivers
    KrdAuthority,
    /// Other end of a key agreement
    EcdhPeer,
    /// Signer of anything
    Signer,
}

/// What a path may need to be let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RelaxationName {
    /// Certificates that have expired
    Expired,
    /// A key usage for something else
    KeyUsage,
    /// An extension that is there twice
    RepeatedExtension,
    /// Revocation lists by an authority without the key usage for them
    CrlSign,
    /// An authority with a weaker key than what it signed
    WeakerIssuer,
    /// An authority in the place of a leaf
    AuthorityAsLeaf,
}

impl From<RelaxationName> for Relaxation {
    fn from(name: RelaxationName) -> Self {
        match name {
            RelaxationName::Expired => Self::Expired,
            RelaxationName::KeyUsage => Self::KeyUsage,
            RelaxationName::RepeatedExtension => Self::RepeatedExtension,
            RelaxationName::CrlSign => Self::CrlSign,
            RelaxationName::WeakerIssuer => Self::WeakerIssuer,
            RelaxationName::AuthorityAsLeaf => Self::AuthorityAsLeaf,
        }
    }
}

/// The policy that lets some things pass.
pub(crate) fn policy(allowed: &[RelaxationName]) -> Policy {
    allowed.iter().fold(Policy::strict(), |policy, &name| policy.with(name.into()))
}

/// A path that is to be validated.
struct Path {
    leaf: Certificate,
    intermediates: Vec<Certificate>,
    anchors: Vec<Certificate>,
    crls: Vec<Crl>,
    at: UnixTime,
    policy: Policy,
}

impl Path {
    fn verified<R: Role>(&self) -> Result<Verified, Failure> {
        let anchors: Vec<_> = self.anchors.iter().cloned().map(TrustAnchor::<R>::new).collect();
        let (leaf, crls) = (&self.leaf, &self.crls);
        let trusted = validate(leaf, &self.intermediates, &anchors, crls, self.at, &self.policy);
        let trusted = trusted.map_err(|error| refused(&error, &[]))?;
        Ok(Verified::new(&trusted, self.at))
    }
}

impl Arguments {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let (leaf, mut intermediates) = leaf_and_others(&self.certificate)?;
        intermediates.extend(of_files(&self.intermediate)?);
        let mut policy = policy(&self.allow);
        if self.require_crl {
            policy = policy.with_revocation(RevocationPolicy::Required);
        }
        let path = Path {
            leaf,
            intermediates,
            anchors: of_files(&self.anchor)?,
            crls: self.crl.iter().map(|path| crl_of_file(path)).collect::<Result<_, _>>()?,
            at: time::or_now(self.at),
            policy,
        };
        let verified = match self.role {
            RoleName::Kdh => path.verified::<role::Kdh>(),
            RoleName::Krd => path.verified::<role::Krd>(),
            RoleName::KdhAuthority => path.verified::<role::KdhAuthority>(),
            RoleName::KrdAuthority => path.verified::<role::KrdAuthority>(),
            RoleName::EcdhPeer => path.verified::<role::EcdhPeer>(),
            RoleName::Signer => path.verified::<role::Signer>(),
        };
        session.show(&verified?)
    }
}

/// A certificate that is trusted.
#[derive(Debug, Serialize)]
struct Verified {
    trusted: bool,
    certificate: CertificateShown,
    findings: Vec<FindingShown>,
}

impl Verified {
    fn new<R: Role>(trusted: &Trusted<R>, at: UnixTime) -> Self {
        Self {
            trusted: true,
            certificate: CertificateShown::new(trusted.certificate(), at),
            findings: trusted.findings().iter().map(finding).collect(),
        }
    }
}

/// A finding of the crate of certificates.
pub(crate) fn finding(finding: &Finding) -> FindingShown {
    match finding {
        Finding::Relaxed { relaxation, index } => {
            let message = format!("let pass for certificate {index}: {relaxation:?}");
            FindingShown::new("Relaxed", message)
        }
        Finding::RevocationUnknown { index } => {
            let message = format!("there was no revocation list for certificate {index}");
            FindingShown::new("RevocationUnknown", message)
        }
        Finding::CrlStale { index } => {
            let message = format!("the revocation list for certificate {index} is late");
            FindingShown::new("CrlStale", message)
        }
        Finding::UseNotStated => {
            FindingShown::new("UseNotStated", "the certificate does not say what it is for")
        }
        _ => FindingShown::new("Finding", format!("{finding:?}")),
    }
}

impl Report for Verified {
    fn write(&self, page: &mut Page) {
        self.certificate.write(page);
        page.row("trusted", "yes");
        write_findings(&self.findings, page);
    }
}
