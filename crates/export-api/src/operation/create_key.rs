//! CreateKey: makes a key.

use key_types::{AlgorithmFamily, KeyAlgorithm, KeyUsage, SecretKey, wiping_stack};
use serde_json::Value;

use crate::access::Touches;
use crate::error::{Error, Fault, Member};
use crate::key::{
    CheckValue, Key, KeyAttributes, KeyCheckValueAlgorithm, KeyClass, KeyOrigin, KeyState,
};
use crate::ports::{
    Clock, KeyStore, NewKeyPair, Randomness, RandomnessUnavailable, RsaKeys, Write,
};
use crate::rules::{ModeFlags, Rule, attributes};
use crate::service::{Call, World};
use crate::wire::{FromJson, KeyAnswer, Members, ReplicationRegions, Tags};

/// The length of a key id in characters.
pub(crate) const ID_LENGTH: usize = 16;

/// The length of a check value in bytes.
pub(crate) const CHECK_VALUE_LENGTH: usize = 3;

pub(crate) struct CreateKey {
    attributes: KeyAttributes,
    check_value: Option<KeyCheckValueAlgorithm>,
    exportable: bool,
    enabled: bool,
    tags: Tags,
}

/// What can be made; public keys are imported.
const CLASSES: Rule = Rule::NotOffered { offered: "SYMMETRIC_KEY, ASYMMETRIC_KEY_PAIR" };

impl Call for CreateKey {
    type Answer = KeyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        let attributes: KeyAttributes = members.required("KeyAttributes")?;
        let check_value = members.optional("KeyCheckValueAlgorithm")?;
        if attributes.class() == KeyClass::PublicKey {
            return Err(Error::invalid("KeyAttributes.KeyClass", CLASSES));
        }
        if let Some(method) = check_value {
            let at = members.at().member("KeyCheckValueAlgorithm");
            check_method(&at, method, &attributes)?;
        }
        let request = Self {
            attributes,
            check_value,
            exportable: members.required("Exportable")?,
            enabled: members.optional("Enabled")?.unwrap_or(true),
            tags: members.optional("Tags")?.unwrap_or_default(),
        };
        if members.optional::<String>("DeriveKeyUsage")?.is_some() {
            return Err(Error::invalid("DeriveKeyUsage", Rule::DeriveKeyUsage));
        }
        members.optional::<ReplicationRegions>("ReplicationRegions")?;
        Ok(request)
    }

    fn touches(&mut self) -> Touches<'_> {
        let tags = self.tags.0.iter().map(|tag| tag.key.clone());
        let mut touches = Touches::account().with_tags(tags);
        touches.circumstances.attributes = Some((self.attributes, self.exportable));
        touches
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<KeyAnswer, Error> {
        let algorithm = self.attributes.algorithm();
        let (material, check_value) = match self.attributes.class() {
            KeyClass::SymmetricKey => {
                let material = generate(world, algorithm)?;
                let check_value = check_value(&material, algorithm, self.check_value)?;
                (material, check_value)
            }
            _ => {
                let NewKeyPair { private_key, public_key } =
                    world.rsa_keys.generate(algorithm).await?;
                (private_key, CheckValue::of_public_key(&public_key))
            }
        };
        let now = world.clock.now();
        let key = Key {
            arn: world.realm.key_arn(&world.random_id(ID_LENGTH)?),
            version: 0,
            attributes: self.attributes,
            check_value,
            exportable: self.exportable,
            enabled: self.enabled,
            state: KeyState::CreateComplete,
            origin: KeyOrigin::Generated,
            created: now,
            usage_started: self.enabled.then_some(now),
            usage_stopped: None,
            delete_due: None,
            deleted: None,
            tags: self.tags.0,
            authority: None,
            key_version: None,
            optional_blocks: Vec::new(),
        };
        world.store.commit(vec![Write::CreateKey { key: key.clone(), material }]).await?;
        Ok(key.next_version().into())
    }
}

impl FromJson for KeyAttributes {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut members = Members::of(value, at)?;
        let usage: KeyUsage = members.required("KeyUsage")?;
        let class: KeyClass = members.required("KeyClass")?;
        let algorithm: KeyAlgorithm = members.required("KeyAlgorithm")?;
        let flags: ModeFlags = members.required("KeyModesOfUse")?;
        members.finish()?;

        let no_mode = || Error::invalid(at.member("KeyModesOfUse"), Rule::ModeFlags);
        attributes::check(at, usage, class, algorithm, flags.mode().ok_or_else(no_mode)?)
    }
}

impl FromJson for ModeFlags {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut members = Members::of(value, at)?;
        let mut flag = |name| Ok::<_, Error>(members.optional(name)?.unwrap_or(false));
        let flags = Self {
            encrypt: flag("Encrypt")?,
            decrypt: flag("Decrypt")?,
            wrap: flag("Wrap")?,
            unwrap: flag("Unwrap")?,
            generate: flag("Generate")?,
            sign: flag("Sign")?,
            verify: flag("Verify")?,
            derive_key: flag("DeriveKey")?,
            no_restrictions: flag("NoRestrictions")?,
        };
        members.finish()?;
        Ok(flags)
    }
}

/// Makes a random key with nothing suspicious about it: no weak or equal parts, and odd parity for
/// TDES.
fn generate<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    algorithm: KeyAlgorithm,
) -> Result<SecretKey, Error> {
    /// A suspicious key is drawn less than once in 2^48 times; a source that gives so many in a
    /// row is not random.
    const ATTEMPTS: usize = 4;

    let refused =
        |crate_name, code| Error::Internal { cause: Fault::RefusedByCrate { crate_name, code } };
    let length = algorithm.key_length().ok_or_else(|| refused("key-types", "NoKeyLength"))?;
    for _ in 0..ATTEMPTS {
        let random = world.random_secret(length)?;
        let key = match algorithm.family() {
            AlgorithmFamily::Tdes => kcv::with_odd_parity(&random, algorithm)
                .map_err(|error| refused("kcv", error.code()))?,
            _ => random,
        };
        if kcv::findings(&key, algorithm).next().is_none() {
            return Ok(key);
        }
    }
    Err(RandomnessUnavailable.into())
}

/// Refuses a check value method that has no meaning for the key.
///
/// Public keys have SHA-1 values whatever is asked for; ANSI_X9_24 is taken as well, because
/// published programs send it with them.
pub(crate) fn check_method(
    at: &Member,
    method: KeyCheckValueAlgorithm,
    attributes: &KeyAttributes,
) -> Result<(), Error> {
    use KeyCheckValueAlgorithm::{AnsiX924, Sha1};

    let algorithm = attributes.algorithm();
    let computed = method.method_for(algorithm);
    let allowed = match attributes.class() {
        KeyClass::SymmetricKey => computed.is_some_and(|m| kcv::allows(algorithm.family(), m)),
        _ => matches!(method, Sha1 | AnsiX924),
    };
    if allowed {
        return Ok(());
    }
    Err(Error::invalid(at.clone(), Rule::CheckValueMethod { method, algorithm }))
}

/// Computes a check value by the method asked for, or by the default of the algorithm.
pub(crate) fn check_value(
    key: &SecretKey,
    algorithm: KeyAlgorithm,
    wanted: Option<KeyCheckValueAlgorithm>,
) -> Result<CheckValue, Error> {
    let refused =
        |code| Error::Internal { cause: Fault::RefusedByCrate { crate_name: "kcv", code } };
    let method = match wanted {
        Some(wanted) => wanted.method_for(algorithm),
        None => kcv::default_for(algorithm),
    };
    let method = method.ok_or_else(|| refused("MethodNotAllowed"))?;
    wiping_stack(|| kcv::compute(key, algorithm, method, CHECK_VALUE_LENGTH))
        .map(CheckValue::from)
        .map_err(|error| refused(error.code()))
}
