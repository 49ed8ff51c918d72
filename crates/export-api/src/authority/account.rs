//! The authority of the account, which issues what this endpoint shows to others.

use key_types::{HashAlgorithm, KeyAlgorithm, SecretKey};
use payment_pki::{
    Certificate, CertificateProfile, CertificateSpec, Name, NameAttribute, SignatureAlgorithm,
    UnsignedCertificate,
};

use super::unix_time;
use crate::error::{Error, Fault};
use crate::identity::{Identity, IdentityName};
use crate::ports::{
    Clock, CommitError, KeyStore, NewKeyPair, PrivateKey, Randomness, RsaKeys, StoredIdentity,
    Write,
};
use crate::service::World;
use crate::{Realm, Timestamp};

/// How long the authority's own certificate is valid, and how long before its end it is renewed:
/// longer than anything that it issues.
const VALIDITY_DAYS: u16 = 3650;
const RENEWED_DAYS_BEFORE: u16 = 120;

/// Clocks differ: certificates are valid from a little before they are made.
const EARLIER_SECONDS: u64 = 300;

const ALGORITHM: KeyAlgorithm = KeyAlgorithm::Rsa4096;
const HASH: HashAlgorithm = HashAlgorithm::Sha512;
const SIGNATURE: SignatureAlgorithm = SignatureAlgorithm::RsaSha512;

/// The authority of the account, with its private key.
#[derive(Debug)]
pub(crate) struct AccountAuthority {
    certificate: Certificate,
    private_key: PrivateKey,
}

impl AccountAuthority {
    /// Opens the authority, which is made first if there is none.
    pub(crate) async fn open<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        world: &World<S, C, R, K>,
    ) -> Result<Self, Error> {
        let fresh_from = world.clock.now().plus_days(RENEWED_DAYS_BEFORE);
        for _ in 0..2 {
            let found = world.store.open_identity(&IdentityName::Authority).await?;
            match found {
                Some(found) if found.identity.valid_until > fresh_from => {
                    let certificate = leaf(&found.identity)?;
                    let private_key = PrivateKey::of_identity(found).ok_or_else(damaged)?;
                    return Ok(Self { certificate, private_key });
                }
                found => make(world, found).await?,
            }
        }
        Err(Error::Conflict)
    }

    /// The certificate, which is the chain above all that is issued.
    pub(crate) const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Signs a message that is no certificate.
    pub(crate) async fn sign<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
        message: Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        Ok(world.rsa_keys.sign(self.private_key, HASH, message).await?)
    }

    /// Issues the certificate of a public key, with the subject that the endpoint gives its own.
    pub(crate) async fn issue<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
        public_key: &[u8],
        valid_until: Timestamp,
    ) -> Result<Certificate, Error> {
        let name = leaf_name(world)?;
        let spec = spec(world, name, (world.clock.now(), valid_until))?
            .with_profile(CertificateProfile::SenderAndReceiver);
        let unsigned =
            UnsignedCertificate::issued_by(&self.certificate, &spec, public_key, SIGNATURE);
        let unsigned = unsigned.map_err(refused)?;
        let message = unsigned.message().to_vec();
        let signature = world.rsa_keys.sign(self.private_key, HASH, message).await?;
        unsigned.signed(&signature).map_err(refused)
    }
}

/// Makes the authority, or renews its certificate: the key stays the same, so that what it has
/// issued leads to the old certificate and to the new one.
async fn make<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    former: Option<StoredIdentity>,
) -> Result<(), Error> {
    let version = former.as_ref().map_or(0, |former| former.identity.version());
    let (material, public_key) = match former {
        Some(StoredIdentity { identity, private_key }) => {
            let public_key = leaf(&identity)?.subject_public_key_info_der().to_vec();
            (private_key.ok_or_else(damaged)?, public_key)
        }
        None => {
            let NewKeyPair { private_key, public_key } = world.rsa_keys.generate(ALGORITHM).await?;
            (private_key, public_key)
        }
    };
    let now = world.clock.now();
    let valid_until = now.plus_days(VALIDITY_DAYS);
    let spec = spec(world, authority_name(&world.realm)?, (now, valid_until))?
        .with_profile(CertificateProfile::Authority { path_length: Some(0) });
    let unsigned = UnsignedCertificate::self_signed_by_device(&spec, &public_key, SIGNATURE);
    let unsigned = unsigned.map_err(refused)?;
    let to_sign = SecretKey::copied_from(material.expose_secret()).map_err(|_| damaged())?;
    let to_sign = PrivateKey::new(IdentityName::Authority.to_string(), to_sign);
    let message = unsigned.message().to_vec();
    let signature = world.rsa_keys.sign(to_sign, HASH, message).await?;
    let identity = Identity {
        name: IdentityName::Authority,
        version,
        algorithm: ALGORITHM,
        certificate: unsigned.signed(&signature).map_err(refused)?.to_pem(),
        imports: None,
        approval: None,
        created: now,
        valid_until,
    };
    let write = Write::PutIdentity { identity, private_key: Some(material) };
    match world.store.commit(vec![write]).await {
        // Somebody else was faster: then it is there now, with another key than the one held here.
        Err(CommitError::Conflict) => world.rsa_keys.forget(IdentityName::Authority.as_str()),
        result => result?,
    }
    Ok(())
}

/// The certificate of a stored identity.
pub(crate) fn leaf(identity: &Identity) -> Result<Certificate, Error> {
    Certificate::from_pem(&identity.certificate).map_err(|_| damaged())
}

fn spec<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    subject: Name,
    (from, until): (Timestamp, Timestamp),
) -> Result<CertificateSpec, Error> {
    let mut serial_number = [0; 16];
    world.randomness.fill(&mut serial_number)?;
    let from = unix_time(from).seconds().saturating_sub(EARLIER_SECONDS);
    let from = payment_pki::UnixTime::from_seconds(from);
    CertificateSpec::new(subject, (from, unix_time(until)), &serial_number).map_err(refused)
}

fn authority_name(realm: &Realm) -> Result<Name, Error> {
    Name::new(&[
        (NameAttribute::Organization, "ExportKey"),
        (NameAttribute::OrganizationalUnit, "Payment key exchange"),
        (NameAttribute::CommonName, realm.account()),
    ])
    .map_err(refused)
}

fn leaf_name<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
) -> Result<Name, Error> {
    const DIGITS: usize = 10;
    let mut bytes = [0; DIGITS];
    world.randomness.fill(&mut bytes)?;
    let digits: String = bytes.iter().map(|byte| char::from(b'0' + byte % 10)).collect();
    Name::new(&[
        (NameAttribute::CommonName, world.realm.account()),
        (NameAttribute::SerialNumber, &digits),
    ])
    .map_err(refused)
}

fn damaged() -> Error {
    Error::Internal { cause: Fault::DamagedRecord }
}

fn refused(error: payment_pki::Error) -> Error {
    Error::Internal {
        cause: Fault::RefusedByCrate { crate_name: "payment-pki", code: error.code() },
    }
}
