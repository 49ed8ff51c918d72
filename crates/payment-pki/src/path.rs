//! Paths: from a leaf through authorities to an anchor.

use alloc::vec::Vec;

use crate::policy::Relaxation;
use crate::role::Role;
use crate::{
    Certificate, Crl, Error, Finding, Policy, RevocationPolicy, RustCrypto, TrustAnchor, Trusted,
    UnixTime, Verify,
};

/// Validates a certificate for the role of `R` at a time.
///
/// A path leads from the leaf through some of `intermediates`, given in any order, to one of
/// `anchors`. Names of issuers are compared byte for byte, signatures are verified over the bytes
/// as received, and each rule is looked at for every certificate of the path, the leaf first.
///
/// ```
/// use payment_pki::{Certificate, Policy, TrustAnchor, UnixTime, role, validate};
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/open.json"))?;
/// # let members = &file.test_groups[0].tests[0].members;
/// # let (leaf, anchor) = (members["kdhCertPem"].as_str(), members["trustAnchorsPem"][0].as_str());
/// let host = Certificate::from_pem(leaf.unwrap())?;
/// let anchor = TrustAnchor::<role::Kdh>::new(Certificate::from_pem(anchor.unwrap())?);
/// let now = UnixTime::from_seconds(1_780_315_200);
/// let trusted = validate(&host, &[], &[anchor], &[], now, &Policy::strict())?;
/// assert_eq!(trusted.certificate(), &host);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The first rule that is broken and that the policy does not relax: every variant from
/// [`Error::UnknownIssuer`] on.
///
/// Standard: RFC 5280, 6.1.
pub fn validate<R: Role>(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &[TrustAnchor<R>],
    crls: &[Crl],
    at: UnixTime,
    policy: &Policy,
) -> Result<Trusted<R>, Error> {
    validate_with(&RustCrypto, leaf, intermediates, anchors, crls, at, policy)
}

/// As [`validate`], with the signatures of certificates and lists verified by somebody else.
///
/// A verifier that remembers what it has verified leaves all other rules as they are: times, roles
/// and revocation are looked at each time.
///
/// # Errors
///
/// As [`validate`].
///
/// Standard: RFC 5280, 6.1.
pub fn validate_with<R: Role, V: Verify>(
    verifier: &V,
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &[TrustAnchor<R>],
    crls: &[Crl],
    at: UnixTime,
    policy: &Policy,
) -> Result<Trusted<R>, Error> {
    let path = build(verifier, leaf, intermediates, anchors, policy)?;
    let mut checks = Checks { verifier, at, policy, findings: Vec::new() };
    for (index, certificate) in path.iter().enumerate() {
        checks.check_any(certificate, index, index + 1 == path.len())?;
        if let Some(issuer) = index.checked_sub(1).and_then(|below| path.get(below)) {
            checks.check_issuer(certificate, issuer, index)?;
        }
    }
    checks.check_leaf::<R>(leaf)?;
    for (index, pair) in path.windows(2).enumerate() {
        if let [certificate, issuer] = pair {
            checks.check_revocation(certificate, issuer, crls, index)?;
        }
    }
    // A path that was built ends in an anchor, so something stands above the leaf.
    let issuer = path.get(1).copied().unwrap_or(leaf);
    Ok(Trusted::new(leaf.clone(), issuer.clone(), checks.findings))
}

/// The certificates from the leaf to an anchor, each signed by the next.
fn build<'a, R: Role, V: Verify>(
    verifier: &V,
    leaf: &'a Certificate,
    intermediates: &'a [Certificate],
    anchors: &'a [TrustAnchor<R>],
    policy: &Policy,
) -> Result<Vec<&'a Certificate>, Error> {
    let most = policy.most_intermediates();
    let mut path = Vec::from([leaf]);
    let mut current = leaf;
    loop {
        let index = path.len().saturating_sub(1);
        let named = |candidate: &&Certificate| candidate.subject_der() == current.issuer_der();
        let signed = |candidate: &&Certificate| {
            current.verify_signature_with(verifier, candidate.public_key()).is_ok()
        };
        let mut trusted = anchors.iter().map(TrustAnchor::certificate).filter(named);
        if let Some(anchor) = trusted.clone().find(signed) {
            path.push(anchor);
            return Ok(path);
        }
        let mut others =
            intermediates.iter().filter(named).filter(|candidate| !path.contains(candidate));
        let Some(issuer) = others.clone().find(signed) else {
            let is_named = trusted.next().is_some() || others.next().is_some();
            let by_unknown_algorithm = current.signature_algorithm().is_none();
            return Err(match (is_named, by_unknown_algorithm) {
                (true, true) => Error::SignatureAlgorithmNotAllowed { index },
                (true, false) => Error::CertificateSignatureInvalid { index },
                (false, _) => Error::UnknownIssuer { index },
            });
        };
        if index >= most {
            return Err(Error::PathTooLong { most });
        }
        path.push(issuer);
        current = issuer;
    }
}

/// The rules, at a time and under a policy, and what they let pass.
struct Checks<'a, V> {
    verifier: &'a V,
    at: UnixTime,
    policy: &'a Policy,
    findings: Vec<Finding>,
}

impl<V: Verify> Checks<'_, V> {
    /// Lets a broken rule pass and remembers it, or gives it back.
    fn relax(&mut self, relaxation: Relaxation, index: usize, error: Error) -> Result<(), Error> {
        if !self.policy.allows(relaxation) {
            return Err(error);
        }
        self.findings.push(Finding::Relaxed { relaxation, index });
        Ok(())
    }

    /// What holds of every certificate.
    fn check_any(
        &mut self,
        certificate: &Certificate,
        index: usize,
        is_anchor: bool,
    ) -> Result<(), Error> {
        if !self.policy.allows_key(certificate.public_key()) {
            return Err(Error::KeyNotAllowed { index });
        }
        // Nobody relies on the signature of an anchor, which may be as old as it likes.
        if !is_anchor && !self.policy.allows_signature(certificate.signature_algorithm()) {
            return Err(Error::SignatureAlgorithmNotAllowed { index });
        }
        if self.at < certificate.not_before() {
            return Err(Error::NotYetValid { index });
        }
        if self.at > certificate.not_after() {
            self.relax(Relaxation::Expired, index, Error::Expired { index })?;
        }
        if certificate.extensions.has_repeated {
            let error = Error::RepeatedExtension { index };
            self.relax(Relaxation::RepeatedExtension, index, error)?;
        }
        if certificate.extensions.has_unknown_critical {
            return Err(Error::UnknownCriticalExtension { index });
        }
        Ok(())
    }

    /// What holds of a certificate that signed another, which stands below it.
    fn check_issuer(
        &mut self,
        issuer: &Certificate,
        below: &Certificate,
        index: usize,
    ) -> Result<(), Error> {
        let constraints = issuer.basic_constraints();
        let is_authority = constraints.is_some_and(|constraints| constraints.is_authority());
        if !is_authority {
            return Err(Error::NotAnAuthority { index });
        }
        if issuer.key_usage().is_some_and(|usage| !usage.key_cert_sign()) {
            return Err(Error::KeyUsage { index });
        }
        // The leaf is no authority between, whatever it is.
        let between = index.saturating_sub(1);
        let allowed = constraints.and_then(|constraints| constraints.path_length());
        if allowed.is_some_and(|allowed| between > allowed) {
            return Err(Error::PathLengthExceeded { index });
        }
        if issuer.public_key().strength() < below.public_key().strength() {
            self.relax(Relaxation::WeakerIssuer, index, Error::WeakerIssuer { index })?;
        }
        Ok(())
    }

    /// What holds of the leaf in its role.
    fn check_leaf<R: Role>(&mut self, leaf: &Certificate) -> Result<(), Error> {
        let is_authority = leaf.basic_constraints().is_some_and(|it| it.is_authority());
        if is_authority && !R::IS_AUTHORITY {
            self.relax(Relaxation::AuthorityAsLeaf, 0, Error::LeafIsAuthority)?;
        }
        if !is_authority && R::IS_AUTHORITY {
            return Err(Error::NotAnAuthority { index: 0 });
        }
        match leaf.key_usage() {
            Some(usage) if R::is_allowed_by(usage) => (),
            Some(_) => self.relax(Relaxation::KeyUsage, 0, Error::KeyUsage { index: 0 })?,
            None => self.findings.push(Finding::UseNotStated),
        }
        Ok(())
    }

    /// Looks a certificate up in the list of its issuer.
    fn check_revocation(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        crls: &[Crl],
        index: usize,
    ) -> Result<(), Error> {
        // Of several lists, the newest counts.
        let lists = crls.iter().filter(|crl| crl.issuer_der() == issuer.subject_der());
        let Some(crl) = lists.max_by_key(|crl| crl.this_update()) else {
            if self.policy.revocation() == RevocationPolicy::Required {
                return Err(Error::CrlMissing { index });
            }
            self.findings.push(Finding::RevocationUnknown { index });
            return Ok(());
        };
        if issuer.key_usage().is_some_and(|usage| !usage.crl_sign()) {
            self.relax(Relaxation::CrlSign, index, Error::CrlInvalid { index })?;
        }
        crl.verify_signature_with(self.verifier, issuer.public_key())
            .map_err(|_| Error::CrlInvalid { index })?;
        if !crl.is_fresh(self.at, self.policy.stale_grace()) {
            return Err(Error::CrlStale { index });
        }
        if !crl.is_fresh(self.at, 0) {
            self.findings.push(Finding::CrlStale { index });
        }
        if crl.revokes(certificate) { Err(Error::Revoked { index }) } else { Ok(()) }
    }
}
