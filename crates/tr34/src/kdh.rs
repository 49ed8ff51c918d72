//! The sender: a key distribution host.

use alloc::vec::Vec;

use key_types::{AlgorithmFamily, KeyAlgorithm, SecretKey};
use payment_pki::{Certificate, Crl, Trusted, UnixTime, role};
use rand_core::TryCryptoRng;
use rsa_wrap::{OaepEncrypt, Recipient, RustCrypto, WrappingSpec};

use crate::attributes::Draft;
use crate::key_token_spec::{Freshness, KeyTokenSpec};
use crate::layout::{Choices, CrlPlacement};
use crate::signed_data::ContentType;
use crate::unsigned::{Draw, UnsignedToken};
use crate::{ContentCipher, Error, Identity, KeyHeader, Relaxation, enveloped, key_block};

/// A key distribution host: it signs the tokens that carry keys to receivers.
///
/// ```
/// use getrandom::SysRng;
/// use key_types::{HashAlgorithm, SecretKey};
/// use payment_pki::{Certificate, Policy, SigningKey, TrustAnchor, UnixTime, role, validate};
/// use tr34::{Kdh, KeyHeader, KeyTokenSpec, KtKdh, Nonce};
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/open.json"))?;
/// # let tests = file.test_groups.iter().flat_map(|group| &group.tests);
/// # let find = |id: &str| tests.clone().find(|test| test.id == id).unwrap().members.clone();
/// # let (good, other) = (find("kt_aws2012_tdes2_n8"), find("kt-neg-anchor-e"));
/// # let built = test_vectors::load(&test_vectors::data_directory().join("tr34/build.json"))?;
/// # let key_pem = built.test_groups[0].tests[1].members["kdhKeyPem"].as_str().unwrap();
/// # let pem = |value: &serde_json::Value| Certificate::from_pem(value.as_str().unwrap());
/// # let (host, receiver) = (pem(&good["kdhCertPem"])?, pem(&good["krdCertPem"])?);
/// # let hosts = TrustAnchor::new(pem(&good["trustAnchorsPem"][0])?);
/// # let receivers = TrustAnchor::new(pem(&other["trustAnchorsPem"][0])?);
/// # let now = UnixTime::from_seconds(1_780_315_200);
/// # let policy = Policy::strict();
/// let host = validate::<role::Kdh>(&host, &[], &[hosts], &[], now, &policy)?;
/// let kdh = Kdh::new(host, None, now)?;
/// let receiver = validate::<role::Krd>(&receiver, &[], &[receivers], &[], now, &policy)?;
///
/// let key = SecretKey::copied_from(b"a key of 16 byte")?;
/// let header = KeyHeader::parse("D0112K0TB00E0000")?;
/// let spec = KeyTokenSpec::two_pass(Nonce::new(&[0xAB; 8])?);
/// let unsigned = kdh.wrap(&key, &header, &receiver, &spec, now, &mut SysRng)?;
///
/// let signing_key = SigningKey::der_from_pem(key_pem)?;
/// let signing_key = SigningKey::from_pkcs8(&signing_key, HashAlgorithm::Sha256)?;
/// let token = unsigned.signed_by(&signing_key, &mut SysRng)?;
/// assert_eq!(KtKdh::parse(&token)?.unverified_header(), &header);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ASC X9 TR 34, 5 and annex B.
#[derive(Clone, Debug)]
pub struct Kdh {
    certificate: Certificate,
    identity: Identity,
    crl: Option<Crl>,
}

impl Kdh {
    /// A host with a certificate that was validated for it, and the revocation list of its
    /// authority, which tokens carry in the layouts that have one.
    ///
    /// # Errors
    ///
    /// [`Error::SenderKey`], [`Error::CrlOfOtherAuthority`], also if the list is not signed by the
    /// authority of the certificate, [`Error::CertificateRevoked`], [`Error::CrlStale`].
    pub fn new(
        certificate: Trusted<role::Kdh>,
        crl: Option<Crl>,
        at: UnixTime,
    ) -> Result<Self, Error> {
        let algorithm = certificate.certificate().public_key().algorithm();
        if algorithm.is_none_or(|algorithm| algorithm.family() != AlgorithmFamily::Rsa) {
            return Err(Error::SenderKey);
        }
        if let Some(crl) = &crl {
            let issuer = certificate.issuer();
            if crl.issuer_der() != certificate.certificate().issuer_der() {
                return Err(Error::CrlOfOtherAuthority);
            }
            crl.verify_signature(issuer.public_key()).map_err(|_| Error::CrlOfOtherAuthority)?;
        }
        let kdh = Self::unchecked(certificate.certificate().clone(), crl);
        kdh.check_at(at)?;
        Ok(kdh)
    }

    /// A host whose certificate others judge: what can be known of it without its authority is
    /// checked, and no list goes into its tokens.
    ///
    /// # Errors
    ///
    /// [`Error::SenderKey`], [`Error::SenderUse`], [`Error::CertificateNotValid`].
    pub fn judged_by_others(certificate: Certificate, at: UnixTime) -> Result<Self, Error> {
        let algorithm = certificate.public_key().algorithm();
        if algorithm.is_none_or(|algorithm| algorithm.family() != AlgorithmFamily::Rsa) {
            return Err(Error::SenderKey);
        }
        let is_authority = certificate.basic_constraints().is_some_and(|it| it.is_authority());
        let is_for_others = certificate.key_usage().is_some_and(|usage| !usage.digital_signature());
        if is_authority || is_for_others {
            return Err(Error::SenderUse);
        }
        let kdh = Self::unchecked(certificate, None);
        kdh.check_at(at)?;
        Ok(kdh)
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The revocation list of the authority, if there is one.
    #[must_use]
    pub const fn crl(&self) -> Option<&Crl> {
        self.crl.as_ref()
    }

    /// Who this is in tokens.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Makes a key token for a receiver, complete but for its signature.
    ///
    /// Everything is checked before anything is encrypted. Content key, initialisation vector and
    /// seed are drawn from `random` in this order, each in one piece, so that known randomness
    /// gives a known token.
    ///
    /// # Errors
    ///
    /// [`Error::CertificateNotValid`], [`Error::CrlStale`], [`Error::CertificateRevoked`],
    /// [`Error::Recipient`], [`Error::SameKey`], [`Error::KeyLengthForHeader`],
    /// [`Error::PolicyViolation`], [`Error::MissingCrl`], [`Error::TimeNotWritable`],
    /// [`Error::RandomnessFailed`].
    ///
    /// Standard: ASC X9 TR 34, annex B.
    pub fn wrap<R: TryCryptoRng + ?Sized>(
        &self,
        key: &SecretKey,
        header: &KeyHeader,
        recipient: &Trusted<role::Krd>,
        spec: &KeyTokenSpec,
        at: UnixTime,
        random: &mut R,
    ) -> Result<UnsignedToken, Error> {
        self.encrypting_by(&RustCrypto).wrap(key, header, recipient, spec, at, random)
    }

    /// The same host, whose content keys somebody else encrypts.
    #[must_use]
    pub const fn encrypting_by<'a, E: OaepEncrypt>(&'a self, encryptor: &'a E) -> KdhWith<'a, E> {
        KdhWith { host: self, encryptor }
    }

    /// As [`wrap`](Self::wrap), at any time and for whoever has a certificate.
    pub(crate) fn wrap_at_any_time<E: OaepEncrypt, R: TryCryptoRng + ?Sized>(
        &self,
        encryptor: &E,
        key: &SecretKey,
        header: &KeyHeader,
        recipient: &Certificate,
        spec: &KeyTokenSpec,
        random: &mut R,
    ) -> Result<UnsignedToken, Error> {
        let choices = spec.choices();
        let public = self.check(recipient)?;
        let algorithm = header.algorithm(key.length()).ok_or(Error::KeyLengthForHeader)?;
        let cipher =
            spec.content_cipher().unwrap_or(ContentCipher::for_keys_of(algorithm.family()));
        let allows = |relaxation| spec.allows(relaxation);
        check_strength(algorithm, public.algorithm(), cipher, allows).map_err(violation)?;
        check_parts(algorithm, key, allows).map_err(violation)?;
        let crl = self.crl_inside(&choices, spec)?;
        let attributes = Draft::of_content_type(ContentType::EnvelopedData.identifier());
        let attributes = match spec.freshness() {
            Freshness::Nonce(nonce) => attributes.with_nonce(nonce.as_bytes()),
            Freshness::SigningTime(time) => attributes.with_signing_time(*time)?,
        };

        let content_key = drawn(cipher.key_length(), random)?;
        let mut iv = alloc::vec![0; cipher.block_length()];
        random.try_fill_bytes(&mut iv).map_err(|_| Error::RandomnessFailed)?;
        let spec = WrappingSpec::RsaOaepSha256;
        let encrypted_key = rsa_wrap::wrap_with(encryptor, &public, spec, &content_key, random);
        let encrypted_key = encrypted_key.map_err(Error::Recipient)?;
        let clear = key_block::write(choices.key_block, &self.identity, key, header.text())?;
        let ciphertext = cipher.encrypt(&content_key, &iv, &clear);

        let recipient = Identity::of(recipient);
        let content =
            enveloped::write(&choices, &recipient, &encrypted_key, (cipher, &iv, &ciphertext));
        let draw = Draw {
            version: choices.version,
            content_type: ContentType::EnvelopedData,
            content: &content,
            crl,
            attributes: Some((attributes.with_header(header.text()), choices.order)),
            signature: choices.signature,
        };
        Ok(UnsignedToken::new(&self.certificate, draw))
    }

    /// A host of which nothing is known but its certificate and a list.
    pub(crate) fn unchecked(certificate: Certificate, crl: Option<Crl>) -> Self {
        Self { identity: Identity::of(&certificate), certificate, crl }
    }

    /// Checks a receiver; gives the key that content keys go under.
    fn check(&self, recipient: &Certificate) -> Result<Recipient, Error> {
        let info = recipient.subject_public_key_info_der();
        if info == self.certificate.subject_public_key_info_der() {
            return Err(Error::SameKey);
        }
        Recipient::from_subject_public_key_info(info).map_err(Error::Recipient)
    }

    fn check_at(&self, at: UnixTime) -> Result<(), Error> {
        if at < self.certificate.not_before() || at > self.certificate.not_after() {
            return Err(Error::CertificateNotValid);
        }
        let Some(crl) = &self.crl else { return Ok(()) };
        if crl.revokes(&self.certificate) {
            return Err(Error::CertificateRevoked);
        }
        if crl.is_fresh(at, 0) { Ok(()) } else { Err(Error::CrlStale) }
    }

    fn crl_inside(&self, choices: &Choices, spec: &KeyTokenSpec) -> Result<Option<&[u8]>, Error> {
        match (choices.crl, &self.crl) {
            (CrlPlacement::Absent, _) => {
                let is_one_pass = matches!(spec.freshness(), Freshness::SigningTime(_));
                let has_usually = spec.layout().choices().crl == CrlPlacement::Inside;
                let relaxation = Relaxation::OnePassWithoutCrl;
                if is_one_pass && has_usually && !spec.allows(relaxation) {
                    return Err(Error::PolicyViolation(relaxation));
                }
                Ok(None)
            }
            (CrlPlacement::Inside, Some(crl)) => Ok(Some(crl.as_der())),
            (CrlPlacement::Inside, None) => Err(Error::MissingCrl),
        }
    }
}

/// A host whose content keys somebody else encrypts: [`Kdh::encrypting_by`].
#[derive(Clone, Copy, Debug)]
pub struct KdhWith<'a, E> {
    host: &'a Kdh,
    encryptor: &'a E,
}

impl<E: OaepEncrypt> KdhWith<'_, E> {
    /// As [`Kdh::wrap`]; whether the seed is drawn from `random` is for who encrypts.
    ///
    /// # Errors
    ///
    /// As [`Kdh::wrap`].
    ///
    /// Standard: ASC X9 TR 34, annex B.
    pub fn wrap<R: TryCryptoRng + ?Sized>(
        &self,
        key: &SecretKey,
        header: &KeyHeader,
        recipient: &Trusted<role::Krd>,
        spec: &KeyTokenSpec,
        at: UnixTime,
        random: &mut R,
    ) -> Result<UnsignedToken, Error> {
        self.host.check_at(at)?;
        let recipient = recipient.certificate();
        self.host.wrap_at_any_time(self.encryptor, key, header, recipient, spec, random)
    }
}

/// A key of random bytes.
fn drawn<R: TryCryptoRng + ?Sized>(length: usize, random: &mut R) -> Result<SecretKey, Error> {
    struct Failed;
    impl From<key_types::SecretKeyLengthError> for Failed {
        fn from(_: key_types::SecretKeyLengthError) -> Self {
            Self
        }
    }
    SecretKey::try_filled_by(length, |bytes| random.try_fill_bytes(bytes).map_err(|_| Failed))
        .map_err(|_| Error::RandomnessFailed)
}

/// Checks that a key is stronger than nothing that it goes under.
///
/// Standard: NIST SP 800-57 part 1 rev. 5, 5.6.1, table 2.
pub(crate) fn check_strength(
    key: KeyAlgorithm,
    recipient: KeyAlgorithm,
    cipher: ContentCipher,
    allows: impl Fn(Relaxation) -> bool,
) -> Result<Vec<Relaxation>, Relaxation> {
    let is_under_weaker_rsa = !rsa_wrap::may_carry(recipient, key);
    let is_under_weaker_content = key.strength() > cipher.algorithm().strength();
    let needed = [
        (is_under_weaker_content, Relaxation::WeakerContentKey),
        (is_under_weaker_rsa, Relaxation::WeakerRecipient),
    ];
    let needed = needed.into_iter().filter_map(|(is_needed, it)| is_needed.then_some(it));
    needed.map(|it| if allows(it) { Ok(it) } else { Err(it) }).collect()
}

/// Checks that the parts of a TDES key differ.
pub(crate) fn check_parts(
    algorithm: KeyAlgorithm,
    key: &SecretKey,
    allows: impl Fn(Relaxation) -> bool,
) -> Result<(), Relaxation> {
    let relaxation = Relaxation::EqualTdesParts;
    let is_tdes = algorithm.family() == AlgorithmFamily::Tdes;
    if is_tdes && !allows(relaxation) && kcv::has_equal_neighbours(key) {
        return Err(relaxation);
    }
    Ok(())
}

pub(crate) const fn violation(relaxation: Relaxation) -> Error {
    Error::PolicyViolation(relaxation)
}
