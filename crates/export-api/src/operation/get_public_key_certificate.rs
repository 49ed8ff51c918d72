//! GetPublicKeyCertificate: the certificate of a public key, or of a key pair.

use payment_pki::Certificate;

use crate::access::Touches;
use crate::authority::{AccountAuthority, Authority, leaf};
use crate::error::{Error, Fault};
use crate::identity::{Identity, IdentityName};
use crate::key::{KeyClass, KeyState};
use crate::ports::{Clock, KeyStore, PrivateKey, Randomness, RsaKeys, StoredKey, Write};
use crate::rules::Rule;
use crate::service::{Call, World, require_state};
use crate::wire::{CertificateAnswer, KeyIdentifier, Members, encoded};

/// How long the certificate of a key pair is valid, and for how long it must be when it is given
/// again.
const VALIDITY_DAYS: u16 = 90;
const LEAST_DAYS: u16 = 30;

pub(crate) struct GetPublicKeyCertificate {
    key: KeyIdentifier,
}

impl Call for GetPublicKeyCertificate {
    type Answer = CertificateAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { key: members.required("KeyIdentifier")? })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::key(&mut self.key)
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<CertificateAnswer, Error> {
        let key = world.key(&self.key).await?;
        require_state(&key, KeyState::CreateComplete, &self.key)?;
        match key.attributes().class() {
            KeyClass::PublicKey => {
                let authority = Authority::open(world, &self.key).await?;
                let mut chain = authority.chain();
                let own = chain.next().ok_or(Error::Internal { cause: Fault::DamagedRecord })?;
                let above: Vec<_> = chain.collect();
                // A root is the chain above itself: the member may not be empty.
                let above = if above.is_empty() { vec![own] } else { above };
                Ok(CertificateAnswer {
                    key_certificate: encoded([own]),
                    key_certificate_chain: encoded(above),
                })
            }
            KeyClass::AsymmetricKeyPair => of_pair(world, &self.key).await,
            class => {
                let rule = Rule::NoCertificate { class };
                Err(Error::invalid(self.key.member().clone(), rule))
            }
        }
    }
}

/// The certificate that the account has issued for a key pair: the last one while it is valid long
/// enough, then another.
async fn of_pair<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    identifier: &KeyIdentifier,
) -> Result<CertificateAnswer, Error> {
    let reference = world.reference(identifier)?;
    let [found] = world.store.open_keys([&reference]).await?;
    let not_found = || Error::NotFound { resource: identifier.as_str().to_owned() };
    let pair: StoredKey = found.ok_or_else(not_found)?;
    let name = IdentityName::Key(pair.key.arn().clone());
    let authority = AccountAuthority::open(world).await?;
    let chain = authority.certificate().clone();
    let answer = |certificate: &Certificate| CertificateAnswer {
        key_certificate: encoded([certificate]),
        key_certificate_chain: encoded([&chain]),
    };
    let now = world.clock.now();
    let former = world.store.open_identity(&name).await?.map(|found| found.identity);
    if let Some(former) = &former
        && former.valid_until >= now.plus_days(LEAST_DAYS)
    {
        return Ok(answer(&leaf(former)?));
    }
    let algorithm = pair.key.attributes().algorithm();
    let public_key = world.rsa_keys.public_key(PrivateKey::of_key(pair)).await?;
    let valid_until = now.plus_days(VALIDITY_DAYS);
    let certificate = authority.issue(world, &public_key, valid_until).await?;
    let identity = Identity {
        name,
        version: former.map_or(0, |former| former.version()),
        algorithm,
        certificate: certificate.to_pem(),
        imports: None,
        approval: None,
        created: now,
        valid_until,
    };
    world.store.commit(vec![Write::PutIdentity { identity, private_key: None }]).await?;
    Ok(answer(&certificate))
}
