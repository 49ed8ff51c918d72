//! ImportKey: takes keys that partners send, and the certificates of authorities.

use key_types::SecretKey;
use payment_pki::role::KrdAuthority;
use payment_pki::{Policy, TrustAnchor, Trusted, validate};
use serde::Serialize;
use serde_json::{Value, json};

use crate::access::Touches;
use crate::authority::{Authority, unix_time};
use crate::error::{Error, Member};
use crate::import::{Arrival, CertificateWish, Form, cryptogram, tr31, tr34};
use crate::key::{CheckValue, Key, KeyAttributes, KeyCheckValueAlgorithm, KeyOrigin, KeyState};
use crate::operation::{ID_LENGTH, check_method, check_value};
use crate::ports::{Clock, CommitError, KeyStore, Randomness, RsaKeys, Write};
use crate::rules::Rule;
use crate::service::{Call, World};
use crate::wire::{GivenCertificate, KeyAnswer, Members, ReplicationRegions, Tags};
use crate::{KeyArn, Timestamp};

pub(crate) struct ImportKey {
    form: Form,
    check_value: Option<KeyCheckValueAlgorithm>,
    /// The member that held the method, for messages.
    check_value_at: Member,
    enabled: bool,
    tags: Tags,
}

/// The answer, and what the audit trail is to know beside it.
#[derive(Debug, Serialize)]
pub(crate) struct ImportAnswer {
    #[serde(flatten)]
    key: KeyAnswer,
    #[serde(skip)]
    layout: Option<char>,
}

impl Call for ImportKey {
    type Answer = ImportAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        let request = Self {
            form: members.required("KeyMaterial")?,
            check_value: members.optional("KeyCheckValueAlgorithm")?,
            check_value_at: members.at().member("KeyCheckValueAlgorithm"),
            enabled: members.optional("Enabled")?.unwrap_or(true),
            tags: members.optional("Tags")?.unwrap_or_default(),
        };
        members.optional::<ReplicationRegions>("ReplicationRegions")?;
        members.optional::<String>("RequesterComment")?;
        Ok(request)
    }

    fn touches(&mut self) -> Touches<'_> {
        let tags = self.tags.0.iter().map(|tag| tag.key.clone());
        self.form.touches(Touches::account().with_tags(tags))
    }

    fn remarks(answer: &ImportAnswer) -> Value {
        answer.layout.map_or(Value::Null, |layout| json!({"tr34Layout": layout}))
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ImportAnswer, Error> {
        let Self { form, check_value: wanted, check_value_at, enabled, tags } = self;
        let now = world.clock.now();
        let check = |attributes: &KeyAttributes| match wanted {
            Some(method) => check_method(&check_value_at, method, attributes),
            None => Ok(()),
        };
        let arrival = match form {
            Form::Certificate(wish) => {
                check(&wish.attributes)?;
                let imported = certificate(world, wish, now).await?;
                let write = imported.into_write(world, (enabled, tags, now))?;
                return commit(world, write, None).await;
            }
            Form::Tr31(wish) => tr31(world, wish).await?,
            Form::Tr34(wish) => tr34(world, *wish).await?,
            Form::Cryptogram(wish) => cryptogram(world, wish).await?,
        };
        check(&arrival.attributes)?;
        let algorithm = arrival.attributes.algorithm();
        let Arrival { material, attributes, exportable, key_version, optional_blocks, .. } =
            arrival;
        let imported = Imported {
            check_value: check_value(&material, algorithm, wanted)?,
            material,
            attributes,
            exportable,
            authority: None,
            key_version,
            optional_blocks,
        };
        let layout = arrival.layout.map(|layout| layout.code());
        let (key, write) = imported.into_write(world, (enabled, tags, now))?;
        let mut writes = arrival.writes;
        writes.extend(write);
        commit(world, (key, writes), layout).await
    }
}

/// What is to be stored, whatever form it came in.
struct Imported {
    material: SecretKey,
    attributes: KeyAttributes,
    check_value: CheckValue,
    exportable: bool,
    authority: Option<KeyArn>,
    key_version: Option<String>,
    optional_blocks: Vec<(String, String)>,
}

impl Imported {
    fn into_write<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
        (enabled, tags, now): (bool, Tags, Timestamp),
    ) -> Result<(Key, Vec<Write>), Error> {
        let key = Key {
            arn: world.realm.key_arn(&world.random_id(ID_LENGTH)?),
            version: 0,
            attributes: self.attributes,
            check_value: self.check_value,
            exportable: self.exportable,
            enabled,
            state: KeyState::CreateComplete,
            origin: KeyOrigin::External,
            created: now,
            usage_started: enabled.then_some(now),
            usage_stopped: None,
            delete_due: None,
            deleted: None,
            tags: tags.0,
            authority: self.authority,
            key_version: self.key_version,
            optional_blocks: self.optional_blocks,
        };
        let write = Write::CreateKey { key: key.clone(), material: self.material };
        Ok((key, vec![write]))
    }
}

async fn commit<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    (key, writes): (Key, Vec<Write>),
    layout: Option<char>,
) -> Result<ImportAnswer, Error> {
    match world.store.commit(writes).await {
        // Of two that bring the same token at once, one wins.
        Err(CommitError::Conflict) => Err(Error::Conflict),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(ImportAnswer { key: key.next_version().into(), layout }),
    }
}

/// Takes a certificate that is to be trusted.
async fn certificate<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    wish: CertificateWish,
    now: Timestamp,
) -> Result<Imported, Error> {
    let CertificateWish { attributes, certificate, authority } = wish;
    let authority: Option<KeyArn> = match authority {
        None => {
            check_root(&certificate, now)?;
            None
        }
        Some(identifier) => {
            let authority = Authority::open(world, &identifier).await?;
            let _: Trusted<KrdAuthority> = authority.validate(world, &certificate)?;
            Some(authority.arn().clone())
        }
    };
    let GivenCertificate { certificate, at } = certificate;
    let stated = attributes.algorithm();
    if certificate.public_key().algorithm() != Some(stated) {
        return Err(Error::invalid(at, Rule::CertificateAlgorithm { stated }));
    }
    // What a public key keeps in place of a secret is its certificate.
    let material = SecretKey::copied_from(certificate.as_der()).map_err(|_| {
        let rule = Rule::Length { least: 1, most: SecretKey::LONGEST, unit: "bytes in DER" };
        Error::invalid(at, rule)
    })?;
    Ok(Imported {
        material,
        attributes,
        check_value: CheckValue::of_public_key(certificate.subject_public_key_info_der()),
        exportable: true,
        authority,
        key_version: None,
        optional_blocks: Vec::new(),
    })
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
