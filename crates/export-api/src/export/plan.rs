//! Whether an export is allowed. A plan exists only if it is.

use key_types::{
    AesKeySerialNumber, AlgorithmFamily, KeyAlgorithm, KeyUsage, ModeOfUse, TdesKeySerialNumber,
};

use super::header::HeaderPlan;
use super::{InitialKeyWish, Request};
use crate::error::{Error, Member};
use crate::key::{Key, KeyCheckValueAlgorithm, KeyClass, KeyState};
use crate::operation::check_method;
use crate::ports::StoredKey;
use crate::rules::{Rule, strength};
use crate::service::require_state;
use crate::wire::KeyIdentifier;

const SERIAL_NUMBER: &str = "ExportAttributes.ExportDukptInitialKey.KeySerialNumber";
const CHECK_VALUE: &str = "ExportAttributes.KeyCheckValueAlgorithm";

/// An export that every rule allows. Nothing outside this file can make one.
pub(crate) struct ExportPlan {
    key: StoredKey,
    wrapping_key: StoredKey,
    content: Content,
    header: HeaderPlan,
    check_value: Option<KeyCheckValueAlgorithm>,
}

/// What leaves: the key itself, or an initial key derived from it.
pub(crate) enum Content {
    AsStored,
    TdesInitialKey(TdesKeySerialNumber),
    AesInitialKey(AesKeySerialNumber),
}

/// The parts of a plan, for the next stage.
pub(crate) struct Parts {
    pub(crate) key: StoredKey,
    pub(crate) wrapping_key: StoredKey,
    pub(crate) content: Content,
    pub(crate) header: HeaderPlan,
    pub(crate) check_value: Option<KeyCheckValueAlgorithm>,
}

impl ExportPlan {
    /// Allows an export, or names the rule that forbids it.
    pub(crate) fn new(
        request: Request,
        key: StoredKey,
        wrapping_key: StoredKey,
    ) -> Result<Self, Error> {
        let attributes = *key.key.attributes();
        require_usable(&key.key, &request.key)?;
        if !key.key.exportable {
            return Err(Error::invalid(request.key.member().clone(), Rule::NotExportable));
        }
        if attributes.class() != KeyClass::SymmetricKey {
            let rule = Rule::NotSymmetric { found: attributes.class() };
            return Err(Error::invalid(request.key.member().clone(), rule));
        }
        require_wrapping_key(&wrapping_key.key, &request.form.wrapping_key)?;

        let content = match &request.initial_key {
            Some(wish) => initial_key(wish, &key.key, &request.key)?,
            None => Content::AsStored,
        };
        let algorithm = attributes.algorithm();
        if let Some(method) = request.check_value {
            check_method(&Member::from(CHECK_VALUE), method, &attributes)?;
        }
        let wrapping_algorithm = wrapping_key.key.attributes().algorithm();
        let wrapping_member = request.form.wrapping_key.member();
        strength::check_tr31(wrapping_member, algorithm, wrapping_algorithm)?;
        let header = match content {
            Content::AsStored => HeaderPlan::of_key(&attributes, request.form.header)?,
            _ => HeaderPlan::of_initial_key(algorithm, request.form.header)?,
        };
        Ok(Self { key, wrapping_key, content, header, check_value: request.check_value })
    }

    pub(super) fn into_parts(self) -> Parts {
        let Self { key, wrapping_key, content, header, check_value } = self;
        Parts { key, wrapping_key, content, header, check_value }
    }
}

/// Refuses a key that is not present and enabled.
fn require_usable(key: &Key, identifier: &KeyIdentifier) -> Result<(), Error> {
    require_state(key, KeyState::CreateComplete, identifier)?;
    if key.enabled {
        return Ok(());
    }
    Err(Error::state(identifier.member().clone(), Rule::Disabled))
}

/// Refuses a wrapping key that is not one for wrapping.
///
/// A key without restrictions (mode N) is not taken: no published table lists it for wrapping.
fn require_wrapping_key(key: &Key, identifier: &KeyIdentifier) -> Result<(), Error> {
    require_usable(key, identifier)?;
    let refuse = |rule| Err(Error::invalid(identifier.member().clone(), rule));
    let found = key.attributes().usage();
    if !matches!(found, KeyUsage::KeyEncryption | KeyUsage::KeyBlockProtection) {
        return refuse(Rule::WrappingUsage { found });
    }
    let found = key.attributes().mode();
    if !matches!(found, ModeOfUse::Encrypt | ModeOfUse::EncryptDecrypt) {
        return refuse(Rule::WrappingMode { found });
    }
    Ok(())
}

/// Reads the key serial number in the scheme of the base derivation key.
///
/// The counter bits may have any value: they do not enter the initial key.
fn initial_key(
    wish: &InitialKeyWish,
    key: &Key,
    identifier: &KeyIdentifier,
) -> Result<Content, Error> {
    let found = key.attributes().usage();
    if found != KeyUsage::BaseDerivation {
        return Err(Error::invalid(identifier.member().clone(), Rule::InitialKeyUsage { found }));
    }
    let algorithm = key.attributes().algorithm();
    let wrong_length =
        |digits| Error::invalid(SERIAL_NUMBER, Rule::SerialNumberLength { algorithm, digits });
    let digits = &wish.key_serial_number;
    match (algorithm, algorithm.family()) {
        (KeyAlgorithm::Tdes2Key, _) => {
            digits.parse().map(Content::TdesInitialKey).map_err(|_| wrong_length(20))
        }
        (_, AlgorithmFamily::Aes) => {
            digits.parse().map(Content::AesInitialKey).map_err(|_| wrong_length(24))
        }
        (found, _) => {
            let rule = Rule::InitialKeyAlgorithm { found };
            Err(Error::invalid(identifier.member().clone(), rule))
        }
    }
}
