//! The receiver: a key receiving device.

mod open;
mod rebind;

use alloc::vec::Vec;

use key_types::{AlgorithmFamily, KeyAlgorithm};
use payment_pki::{
    Certificate, Crl, Finding as PathFinding, TrustAnchor, UnixTime, role, validate,
};

pub use open::{ReceivedKey, VerifiedToken};

use crate::kdh::{check_strength, violation};
use crate::layout::CrlPlacement;
use crate::{Binding, CtKdh, Error, Finding, Identity, KtKdh, Policy, Relaxation};

/// A key receiving device: it verifies tokens against its binding, and opens them.
///
/// ```
/// use getrandom::SysRng;
/// use key_types::SecretKey;
/// use payment_pki::{Certificate, SigningKey, TrustAnchor, UnixTime};
/// use rsa_wrap::PrivateKey;
/// use tr34::{Binding, Krd, KtKdh, Nonce, Policy};
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/open.json"))?;
/// # let members = &file.test_groups[0].tests[0].members;
/// # let pem = |name: &str| members[name].as_str().unwrap();
/// # let hex = |name: &str| {
/// #     let hex = pem(name);
/// #     let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
/// #     bytes.collect::<Result<Vec<u8>, _>>().unwrap()
/// # };
/// # let (own, sender) = (pem("krdCertPem"), pem("kdhCertPem"));
/// # let (anchor, key_pem) = (members["trustAnchorsPem"][0].as_str().unwrap(), pem("krdKeyPem"));
/// # let (der, nonce) = (hex("token"), hex("expectedNonce"));
/// # let now = UnixTime::from_seconds(1_796_083_200);
/// let anchors = vec![TrustAnchor::new(Certificate::from_pem(anchor)?)];
/// let krd = Krd::new(Certificate::from_pem(own)?, anchors, Policy::strict())?;
/// let sender = Certificate::from_pem(sender)?;
/// let mut binding = Binding::to(sender).with_outstanding_nonce(Nonce::new(&nonce)?);
///
/// let token = KtKdh::parse(&der)?;
/// let verified = krd.verify(&mut binding, &token, now)?;
/// let private = PrivateKey::from_pkcs8(&SigningKey::der_from_pem(key_pem)?)?;
/// let received = verified.open(&private, &mut SysRng)?;
/// assert_eq!(received.header().text(), "D9999K0AB00E0000");
/// assert_eq!(received.key().length(), 16);
///
/// // The nonce is used up.
/// assert_eq!(krd.verify(&mut binding, &token, now).unwrap_err().code(), "NonceMismatch");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ASC X9 TR 34, 5 and annex B.
#[derive(Clone, Debug)]
pub struct Krd {
    identity: Identity,
    algorithm: KeyAlgorithm,
    certificate: Certificate,
    anchors: Vec<TrustAnchor<role::Kdh>>,
    intermediates: Vec<Certificate>,
    authority: Option<Certificate>,
    policy: Policy,
}

impl Krd {
    /// A device with its own certificate, and the authorities whose hosts it takes keys from.
    ///
    /// # Errors
    ///
    /// [`Error::Recipient`] if the certificate is not one of RSA of 2048, 3072 or 4096 bits.
    pub fn new(
        certificate: Certificate,
        anchors: Vec<TrustAnchor<role::Kdh>>,
        policy: Policy,
    ) -> Result<Self, Error> {
        let algorithm = certificate.public_key().algorithm();
        let algorithm = algorithm.filter(|it| it.family() == AlgorithmFamily::Rsa);
        Ok(Self {
            identity: Identity::of(&certificate),
            algorithm: algorithm.ok_or(Error::Recipient(rsa_wrap::Error::RecipientAlgorithm))?,
            certificate,
            anchors,
            intermediates: Vec::new(),
            authority: None,
            policy,
        })
    }

    /// The same device, which knows authorities between its hosts and their anchors.
    #[must_use]
    pub fn with_intermediates(self, intermediates: Vec<Certificate>) -> Self {
        Self { intermediates, ..self }
    }

    /// The same device, which its own authority may unbind and rebind.
    #[must_use]
    pub fn with_authority(self, authority: Certificate) -> Self {
        Self { authority: Some(authority), ..self }
    }

    /// Who this is in tokens.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Binds to the sender of a credential token.
    ///
    /// The token is not signed: the sender is whom its authority says it is, and the first one who
    /// comes is the one.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyBound`], [`Error::UntrustedSigner`], [`Error::CrlStale`],
    /// [`Error::CertificateRevoked`], [`Error::CrlRollback`], [`Error::SameKey`].
    pub fn bind(&self, binding: &mut Binding, token: &CtKdh, at: UnixTime) -> Result<(), Error> {
        if binding.sender().is_some() {
            return Err(Error::AlreadyBound);
        }
        self.check_sender(binding, token.certificate(), Some(token.crl()), at)?;
        binding.remember_crl(Some(token.crl()));
        binding.bind(token.certificate().clone());
        Ok(())
    }

    /// Verifies a key token. If it holds, its nonce is used up or its time remembered, whether it
    /// opens or not.
    ///
    /// # Errors
    ///
    /// The first rule that is broken: [`Error::NotBound`], [`Error::SignerMismatch`],
    /// [`Error::UntrustedSigner`], [`Error::CrlStale`], [`Error::CertificateRevoked`],
    /// [`Error::MissingCrl`], [`Error::CrlRollback`], [`Error::ContentTypeMismatch`],
    /// [`Error::DigestMismatch`], [`Error::AttributeMismatch`], [`Error::SignatureInvalid`],
    /// [`Error::UnknownAttribute`], [`Error::RecipientMismatch`], [`Error::NonceMismatch`],
    /// [`Error::TimeNotFresh`], [`Error::PolicyViolation`], [`Error::AlgorithmNotAllowed`]. Then
    /// the binding is as before.
    pub fn verify<'a>(
        &self,
        binding: &mut Binding,
        token: &KtKdh<'a>,
        at: UnixTime,
    ) -> Result<VerifiedToken<'a>, Error> {
        let sender = binding.sender().ok_or(Error::NotBound)?;
        if *token.unverified_signer() != Identity::of(sender) {
            return Err(Error::SignerMismatch);
        }
        let mut findings = token.findings().to_vec();
        let found = self.check_sender(binding, sender, token.crl(), at)?;
        findings.extend(found.into_iter().map(Finding::Path));
        token.signed.verify(sender)?;

        self.check_version(&mut findings)?;
        self.check_unknown(token, &mut findings)?;
        if *token.unverified_recipient() != self.identity {
            return Err(Error::RecipientMismatch);
        }
        self.check_fresh(binding, token, at)?;
        self.check_one_pass_crl(token, &mut findings)?;
        self.check_algorithms(token, &mut findings)?;

        match (token.unverified_nonce(), token.unverified_signing_time()) {
            (None, Some(time)) => binding.remember_time(time),
            _ => binding.consume_nonce(),
        }
        binding.remember_crl(token.crl());
        Ok(VerifiedToken::new(token, self.algorithm, findings, self.policy.relaxations()))
    }

    /// Checks a sender and the revocation list that came with it.
    fn check_sender(
        &self,
        binding: &Binding,
        sender: &Certificate,
        crl: Option<&Crl>,
        at: UnixTime,
    ) -> Result<Vec<PathFinding>, Error> {
        let crls = crl.map(core::slice::from_ref).unwrap_or_default();
        let (intermediates, anchors) = (&self.intermediates, &self.anchors);
        let trusted = validate(sender, intermediates, anchors, crls, at, self.policy.path())
            .map_err(Error::of_path)?;
        if sender.public_key() == self.certificate.public_key() {
            return Err(Error::SameKey);
        }
        if let Some(crl) = crl
            && crl.issuer_der() != sender.issuer_der()
        {
            return Err(Error::CrlOfOtherAuthority);
        }
        binding.check_crl(crl)?;
        Ok(trusted.findings().to_vec())
    }

    /// The version is not signed, so that one which does not fit is no reason to trust the rest.
    fn check_version(&self, findings: &mut Vec<Finding>) -> Result<(), Error> {
        let is_other = |finding: &Finding| matches!(finding, Finding::SignedDataVersion { .. });
        if !findings.iter().any(is_other) {
            return Ok(());
        }
        self.relax(Relaxation::SignedDataVersion, Error::PolicyViolation, findings)
    }

    /// Lets a broken rule pass and notes it, or refuses it.
    fn relax(
        &self,
        relaxation: Relaxation,
        refusal: impl FnOnce(Relaxation) -> Error,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        if !self.policy.allows(relaxation) {
            return Err(refusal(relaxation));
        }
        findings.push(Finding::Relaxed(relaxation));
        Ok(())
    }

    fn check_unknown(&self, token: &KtKdh<'_>, findings: &mut Vec<Finding>) -> Result<(), Error> {
        let Some(at) = token.signed.signer()?.attributes()?.unknown else { return Ok(()) };
        self.relax(Relaxation::UnknownAttributes, |_| Error::UnknownAttribute { at }, findings)
    }

    /// Checks the nonce of a two-pass token, or the time of a one-pass token.
    fn check_fresh(&self, binding: &Binding, token: &KtKdh<'_>, at: UnixTime) -> Result<(), Error> {
        if let Some(nonce) = token.unverified_nonce() {
            binding.check_nonce(nonce)?;
        }
        let Some(time) = token.unverified_signing_time() else { return Ok(()) };
        self.check_time(time, at)?;
        let is_later = binding.last_accepted_time().is_none_or(|last| time > last);
        if token.unverified_nonce().is_some() || is_later {
            Ok(())
        } else {
            Err(Error::TimeNotFresh)
        }
    }

    /// Checks that a time of signing is neither in the future nor too long ago.
    fn check_time(&self, time: UnixTime, at: UnixTime) -> Result<(), Error> {
        let is_past = time <= at.plus_seconds(self.policy.clock_tolerance());
        let is_young =
            self.policy.longest_age().is_none_or(|longest| at <= time.plus_seconds(longest));
        if is_past && is_young { Ok(()) } else { Err(Error::TimeNotFresh) }
    }

    /// A one-pass token brings a revocation list, in the layouts that have one.
    fn check_one_pass_crl(
        &self,
        token: &KtKdh<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let is_one_pass = token.unverified_nonce().is_none();
        let has_usually = token.layout().choices().crl == CrlPlacement::Inside;
        if !is_one_pass || !has_usually || token.crl().is_some() {
            return Ok(());
        }
        self.relax(Relaxation::OnePassWithoutCrl, |_| Error::MissingCrl, findings)
    }

    /// Checks strengths by the header that was signed, before anything is decrypted.
    fn check_algorithms(
        &self,
        token: &KtKdh<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        // The length of the key shows only when the token is opened; the weakest key of its family
        // is as strong as it must be here.
        let family = token.unverified_header().header().algorithm();
        let weakest = KeyAlgorithm::ALL.iter().copied().filter(|it| it.family() == family);
        let Some(weakest) = weakest.min_by_key(|it| it.strength()) else { return Ok(()) };
        let allows = |relaxation| self.policy.allows(relaxation);
        let cipher = token.content_cipher();
        let needed = check_strength(weakest, self.algorithm, cipher, allows).map_err(violation)?;
        findings.extend(needed.into_iter().map(Finding::Relaxed));
        Ok(())
    }
}
