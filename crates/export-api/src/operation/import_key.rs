//! ImportKey: takes the certificates of authorities.

use key_types::SecretKey;
use payment_pki::role::KrdAuthority;
use payment_pki::{Policy, TrustAnchor, validate};

use crate::authority::{Authority, unix_time};
use crate::error::Error;
use crate::key::{CheckValue, Key, KeyCheckValueAlgorithm, KeyOrigin, KeyState};
use crate::operation::{ID_LENGTH, check_method};
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys, Write};
use crate::rules::Rule;
use crate::service::{Call, World};
use crate::wire::{
    GivenCertificate, ImportWish, KeyAnswer, Members, ReplicationRegions, Tags, parse_import_key,
};
use crate::{KeyArn, Timestamp};

pub(crate) struct ImportKey {
    wish: ImportWish,
    enabled: bool,
    tags: Tags,
}

impl Call for ImportKey {
    type Answer = KeyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        let wish = parse_import_key(members)?;
        let method: Option<KeyCheckValueAlgorithm> = members.optional("KeyCheckValueAlgorithm")?;
        if let Some(method) = method {
            let at = members.at().member("KeyCheckValueAlgorithm");
            check_method(&at, method, &wish.attributes)?;
        }
        let request = Self {
            wish,
            enabled: members.optional("Enabled")?.unwrap_or(true),
            tags: members.optional("Tags")?.unwrap_or_default(),
        };
        members.optional::<ReplicationRegions>("ReplicationRegions")?;
        members.optional::<String>("RequesterComment")?;
        Ok(request)
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<KeyAnswer, Error> {
        let ImportWish { attributes, certificate, authority } = self.wish;
        let now = world.clock.now();
        let authority: Option<KeyArn> = match authority {
            None => {
                check_root(&certificate, now)?;
                None
            }
            Some(identifier) => {
                let authority = Authority::open(world, &identifier).await?;
                authority.validate::<KrdAuthority>(&certificate, now)?;
                Some(authority.arn().clone())
            }
        };
        let GivenCertificate { certificate, at } = certificate;
        let stated = attributes.algorithm();
        if certificate.public_key().algorithm() != Some(stated) {
            return Err(Error::invalid(at, Rule::CertificateAlgorithm { stated }));
        }
        // What a public key keeps in place of a secret is its certificate.
        let der = certificate.as_der();
        let material = SecretKey::copied_from(der).map_err(|_| {
            let rule = Rule::Length { least: 1, most: SecretKey::LONGEST, unit: "bytes in DER" };
            Error::invalid(at, rule)
        })?;
        let key = Key {
            arn: world.realm.key_arn(&world.random_id(ID_LENGTH)?),
            version: 0,
            attributes,
            check_value: CheckValue::of_public_key(certificate.subject_public_key_info_der()),
            exportable: true,
            enabled: self.enabled,
            state: KeyState::CreateComplete,
            origin: KeyOrigin::External,
            created: now,
            usage_started: self.enabled.then_some(now),
            usage_stopped: None,
            delete_due: None,
            deleted: None,
            tags: self.tags.0,
            authority,
        };
        world.store.commit(vec![Write::CreateKey { key: key.clone(), material }]).await?;
        Ok(key.next_version().into())
    }
}

/// Checks that a certificate is that of an authority which has signed it itself.
fn check_root(given: &GivenCertificate, now: Timestamp) -> Result<(), Error> {
    let GivenCertificate { certificate, at } = given;
    let refuse = |rule| Err(Error::invalid(at.clone(), rule));
    let is_own = certificate.issuer_der() == certificate.subject_der()
        && certificate.verify_signature(certificate.public_key()).is_ok();
    if !is_own {
        return refuse(Rule::NotSelfSigned);
    }
    let anchors = [TrustAnchor::<KrdAuthority>::new(certificate.as_ref().clone())];
    match validate(certificate, &[], &anchors, &[], unix_time(now), &Policy::strict()) {
        Ok(_) => Ok(()),
        Err(error) => refuse(Rule::Certificate { error }),
    }
}
