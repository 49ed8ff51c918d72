//! Whether an export is allowed. A plan exists only if it is.

use key_types::{
    AesKeySerialNumber, AlgorithmFamily, KeyAlgorithm, KeyUsage, ModeOfUse, TdesKeySerialNumber,
};
use rsa_wrap::{Recipient, WrappingSpec};
use tr34::Nonce;

use super::counterpart::{Counterpart, Receiver, Signer};
use super::header::HeaderPlan;
use super::request::{Form, HeaderWishes};
use super::{InitialKeyWish, Request};
use crate::KeyArn;
use crate::error::{Error, Fault, Member};
use crate::key::{Key, KeyCheckValueAlgorithm, KeyClass, KeyState};
use crate::operation::check_method;
use crate::ports::StoredKey;
use crate::rules::{Rule, strength};
use crate::service::{KeyCryptograms, require_state};
use crate::wire::KeyIdentifier;

const SERIAL_NUMBER: &str = "ExportAttributes.ExportDukptInitialKey.KeySerialNumber";
const CHECK_VALUE: &str = "ExportAttributes.KeyCheckValueAlgorithm";

/// An export that every rule allows. Nothing outside this file can make one.
pub(crate) struct ExportPlan {
    key: StoredKey,
    way: Way,
    content: Content,
    header: HeaderPlan,
    check_value: Option<KeyCheckValueAlgorithm>,
}

/// The way out, which is open.
pub(crate) enum Way {
    /// A TR-31 key block under a key of the store.
    Tr31(StoredKey),
    /// A TR-34 key token, signed.
    Tr34(Box<Tr34Way>),
    /// An RSA cryptogram.
    Cryptogram { recipient: Recipient, spec: WrappingSpec, authority: KeyArn },
}

/// Who receives a token, who signs it, and what makes it fresh.
pub(crate) struct Tr34Way {
    pub(crate) receiver: Receiver,
    pub(crate) signer: Signer,
    pub(crate) nonce: Option<Nonce>,
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
    pub(crate) way: Way,
    pub(crate) content: Content,
    pub(crate) header: HeaderPlan,
    pub(crate) check_value: Option<KeyCheckValueAlgorithm>,
}

impl ExportPlan {
    /// Allows an export, or names the rule that forbids it.
    pub(crate) fn new(
        request: Request,
        key: StoredKey,
        counterpart: Counterpart,
        key_cryptograms: KeyCryptograms,
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
        let algorithm = attributes.algorithm();
        let Request { key: identifier, form, initial_key: wish, check_value } = request;
        let (way, wishes) = way(form, counterpart, algorithm, key_cryptograms)?;
        let content = match &wish {
            Some(wish) => initial_key(wish, &key.key, &identifier)?,
            None => Content::AsStored,
        };
        if let Some(method) = check_value {
            check_method(&Member::from(CHECK_VALUE), method, &attributes)?;
        }
        let header = match content {
            Content::AsStored => HeaderPlan::of_key(&key.key, wishes)?,
            _ => HeaderPlan::of_initial_key(algorithm, wishes)?,
        };
        Ok(Self { key, way, content, header, check_value })
    }

    pub(super) fn into_parts(self) -> Parts {
        let Self { key, way, content, header, check_value } = self;
        Parts { key, way, content, header, check_value }
    }
}

/// Opens the way that a form asks for, with what was opened from the store for it.
fn way(
    form: Form,
    counterpart: Counterpart,
    algorithm: KeyAlgorithm,
    key_cryptograms: KeyCryptograms,
) -> Result<(Way, HeaderWishes), Error> {
    match (form, counterpart) {
        (Form::Tr31(wish), Counterpart::Key(wrapping_key)) => {
            require_wrapping_key(&wrapping_key.key, &wish.wrapping_key)?;
            let wrapping_algorithm = wrapping_key.key.attributes().algorithm();
            strength::check_tr31(wish.wrapping_key.member(), algorithm, wrapping_algorithm)?;
            Ok((Way::Tr31(*wrapping_key), wish.header))
        }
        (Form::Tr34(wish), Counterpart::Tr34(ends)) => {
            let (receiver, signer) = *ends;
            let at = &wish.receiver.certificate.at;
            recipient(&receiver, at, algorithm)?;
            let signing_key = signer.host.certificate().subject_public_key_info_der();
            if receiver.certificate.certificate().subject_public_key_info_der() == signing_key {
                return Err(Error::invalid(at.clone(), Rule::ReceiverIsSigner));
            }
            let nonce = wish.nonce;
            Ok((Way::Tr34(Box::new(Tr34Way { receiver, signer, nonce })), wish.header))
        }
        (Form::Cryptogram(wish), Counterpart::Cryptogram(receiver)) => {
            if key_cryptograms == KeyCryptograms::SwitchedOff {
                return Err(Error::invalid(wish.at, Rule::SwitchedOff));
            }
            let recipient = recipient(&receiver, &wish.receiver.certificate.at, algorithm)?;
            let authority = receiver.authority;
            let way = Way::Cryptogram { recipient, spec: wish.spec, authority };
            Ok((way, HeaderWishes::default()))
        }
        // What is opened follows from the form.
        _ => Err(Error::Internal { cause: Fault::Answer }),
    }
}

/// The public key of a receiver, if a key of this algorithm may go under it.
fn recipient(
    receiver: &Receiver,
    at: &Member,
    algorithm: KeyAlgorithm,
) -> Result<Recipient, Error> {
    let info = receiver.certificate.certificate().subject_public_key_info_der();
    let recipient = Recipient::from_subject_public_key_info(info)
        .map_err(|error| Error::invalid(at.clone(), Rule::ReceiverKey { code: error.code() }))?;
    strength::check_rsa(at, algorithm, recipient.algorithm())?;
    Ok(recipient)
}

/// Refuses a key that is not present and enabled.
pub(crate) fn require_usable(key: &Key, identifier: &KeyIdentifier) -> Result<(), Error> {
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
    require_wrapping_usage(key, identifier)?;
    let found = key.attributes().mode();
    if matches!(found, ModeOfUse::Encrypt | ModeOfUse::EncryptDecrypt) {
        return Ok(());
    }
    Err(Error::invalid(identifier.member().clone(), Rule::WrappingMode { found }))
}

/// Refuses a key that is for something else than other keys.
pub(crate) fn require_wrapping_usage(key: &Key, identifier: &KeyIdentifier) -> Result<(), Error> {
    let found = key.attributes().usage();
    if matches!(found, KeyUsage::KeyEncryption | KeyUsage::KeyBlockProtection) {
        return Ok(());
    }
    Err(Error::invalid(identifier.member().clone(), Rule::WrappingUsage { found }))
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
