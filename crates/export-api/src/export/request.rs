//! What is asked for.

use key_types::{Exportability, KeyVersion, ModeOfUse};
use rsa_wrap::WrappingSpec;
use tr31::OptionalBlock;
use tr34::Nonce;

use super::Counterpart;
use crate::access::{Touches, fingerprint};
use crate::error::Member;
use crate::identity::ExportToken;
use crate::key::KeyCheckValueAlgorithm;
use crate::wire::{GivenCertificate, KeyIdentifier};

/// An export as it was asked for; every member has the right form, nothing is allowed yet.
pub(crate) struct Request {
    pub(crate) key: KeyIdentifier,
    pub(crate) form: Form,
    pub(crate) initial_key: Option<InitialKeyWish>,
    pub(crate) check_value: Option<KeyCheckValueAlgorithm>,
}

impl Request {
    /// What the export touches.
    pub(crate) fn touches(&mut self) -> Touches<'_> {
        let Self { key, form, initial_key, .. } = self;
        let mut touches = Touches::key(key);
        touches.circumstances.initial_key = initial_key.is_some();
        touches.circumstances.material = Some(form.name());
        let receiver = match form {
            Form::Tr31(wish) => {
                touches.wrapping_key = Some(&mut wish.wrapping_key);
                return touches;
            }
            Form::Tr34(wish) => {
                if let SignerWish::Own { key, .. } = &mut wish.signer {
                    touches.signing_key = Some(key);
                }
                &mut wish.receiver
            }
            Form::Cryptogram(wish) => &mut wish.receiver,
        };
        touches.circumstances.receiver = Some(fingerprint(&receiver.certificate));
        touches.authority = Some(&mut receiver.authority);
        touches
    }
}

impl Form {
    /// Who is to receive: the ARN of a key, or the hash of a certificate.
    pub(crate) fn recipient(&self, counterpart: &Counterpart) -> Option<String> {
        match (self, counterpart) {
            (Self::Tr31(_), Counterpart::Key(key)) => Some(key.key.arn().to_string()),
            (Self::Tr34(wish), _) => Some(fingerprint(&wish.receiver.certificate)),
            (Self::Cryptogram(wish), _) => Some(fingerprint(&wish.receiver.certificate)),
            _ => None,
        }
    }

    /// The key that stands over the one that leaves: the wrapping key, or the authority of whoever
    /// receives.
    pub(super) const fn over(&self) -> &KeyIdentifier {
        match self {
            Self::Tr31(wish) => &wish.wrapping_key,
            Self::Tr34(wish) => &wish.receiver.authority,
            Self::Cryptogram(wish) => &wish.receiver.authority,
        }
    }

    /// The name of its member.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Tr31(_) => "Tr31KeyBlock",
            Self::Tr34(_) => "Tr34KeyBlock",
            Self::Cryptogram(_) => "KeyCryptogram",
        }
    }
}

/// How the key is to travel.
pub(crate) enum Form {
    Tr31(Tr31Wish),
    Tr34(Box<Tr34Wish>),
    Cryptogram(CryptogramWish),
}

/// An export as a TR-31 key block under a key of the store.
pub(crate) struct Tr31Wish {
    pub(crate) wrapping_key: KeyIdentifier,
    pub(crate) header: HeaderWishes,
}

/// An export as a TR-34 key token for whoever has a certificate.
pub(crate) struct Tr34Wish {
    pub(crate) receiver: ReceiverWish,
    pub(crate) signer: SignerWish,
    /// The random number of the receiver; without one, the token is fresh by its time.
    pub(crate) nonce: Option<Nonce>,
    pub(crate) header: HeaderWishes,
}

/// An export as an RSA cryptogram for whoever has a certificate.
pub(crate) struct CryptogramWish {
    /// The member that asked for it, for messages.
    pub(crate) at: Member,
    pub(crate) receiver: ReceiverWish,
    pub(crate) spec: WrappingSpec,
}

/// Who receives: a certificate, and the authority that has issued it.
pub(crate) struct ReceiverWish {
    pub(crate) authority: KeyIdentifier,
    pub(crate) certificate: GivenCertificate,
}

/// Who signs.
pub(crate) enum SignerWish {
    /// The key behind a token of this endpoint.
    Token { token: ExportToken, at: Member },
    /// A key pair of the store, with a certificate that somebody else has issued.
    Own { key: KeyIdentifier, certificate: GivenCertificate },
}

/// What the header is to say in place of the key's own values.
#[derive(Default)]
pub(crate) struct HeaderWishes {
    /// The member that held the wishes, for messages.
    pub(crate) at: Option<Member>,
    pub(crate) mode: Option<ModeOfUse>,
    pub(crate) exportability: Option<Exportability>,
    pub(crate) key_version: Option<KeyVersion>,
    pub(crate) optional_blocks: Vec<OptionalBlock>,
}

impl HeaderWishes {
    /// The path of one of the wishes.
    pub(crate) fn member(&self, name: &str) -> Member {
        self.at.as_ref().map_or_else(|| Member::from(name), |at| at.member(name))
    }
}

/// The DUKPT initial key of a device, in place of the base derivation key itself.
pub(crate) struct InitialKeyWish {
    /// 20 or 24 upper-case hex digits.
    pub(crate) key_serial_number: String,
}
