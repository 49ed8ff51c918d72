//! A root key that is made in a PKCS #11 token and never leaves it.
//!
//! Standard: PKCS #11.

mod session;
mod uri;

use std::io;
use std::path::PathBuf;

use base64ct::{Base64Unpadded, Encoding};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use export_api::ports::Randomness;
use key_types::SecretKey;
use zeroize::Zeroizing;

use self::session::{Access, in_session, is_refused_content};
pub use self::uri::{TokenUri, TokenUriError};
use super::{OpenError, RootKey, RootKeyError};
use crate::seal::Binding;

/// What ids of root keys in tokens begin with; the `CKA_ID` of the key follows in Base64.
const ID_PREFIX: &str = "$pkcs11$";
const KEY_ID_LENGTH: usize = 16;
const NONCE_LENGTH: usize = 12;
const TAG_BITS: u64 = 128;

/// Why a token does not do what it is asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The module cannot be loaded.
    #[error("the PKCS #11 module {} cannot be used", path.display())]
    Module {
        /// The module.
        path: PathBuf,
        /// What the loader or the module says.
        source: cryptoki::error::Error,
    },
    /// No token, or several, have this name.
    #[error("there are {found} tokens called {token:?} and not one; is it plugged in?")]
    Token {
        /// Its label.
        token: String,
        /// How many there are.
        found: usize,
    },
    /// The PIN cannot be read.
    #[error("the PIN cannot be read from {}", path.display())]
    PinFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no PIN to log in with.
    #[error("there is no PIN for the token {token:?}: give pin-source, or the variable for it")]
    NoPin {
        /// The label of the token.
        token: String,
    },
    /// The token does not let this user in.
    #[error("the token {token:?} refuses the PIN")]
    Login {
        /// The label of the token.
        token: String,
        /// What the token says.
        source: cryptoki::error::Error,
    },
    /// The token has no key of this name.
    #[error("the token {token:?} has no key called {object:?}")]
    NoKey {
        /// The label of the token.
        token: String,
        /// The label of the key.
        object: String,
    },
    /// The token has a key of this name that is not safe in it.
    #[error(
        "the key {object:?} is not fit: a root key is AES-256, sensitive, not extractable, with an id"
    )]
    UnfitKey {
        /// The label of the key.
        object: String,
    },
    /// The token refuses a call.
    #[error("the token {token:?} does not answer as it should")]
    Call {
        /// The label of the token.
        token: String,
        /// What the token says.
        source: cryptoki::error::Error,
    },
}

/// A key in a token, found anew for each use: there are few, and tokens come and go.
pub(super) struct TokenKey {
    uri: TokenUri,
    key_id: Vec<u8>,
}

/// Takes the key of that name in the token, or has the token make it.
pub(super) fn for_new_store(
    uri: &TokenUri,
    randomness: &dyn Randomness,
) -> Result<RootKey, RootKeyError> {
    let mut new_id = [0; KEY_ID_LENGTH];
    randomness.fill(&mut new_id)?;
    let key_id =
        in_session(uri, Access::Change, |session| match find(session, uri, None)?.first() {
            Some(&key) => fit_id(session, uri, key),
            None => make(session, uri, &new_id).map(|()| new_id.to_vec()),
        })?;
    Ok(root_key(uri, key_id))
}

/// The key of that name whose id stands in the store; `None` if the store has another.
pub(super) fn for_store(uri: &TokenUri, id: &[u8]) -> Result<Option<RootKey>, RootKeyError> {
    let encoded = str::from_utf8(id).ok().and_then(|id| id.strip_prefix(ID_PREFIX));
    let Some(key_id) = encoded.and_then(|encoded| Base64Unpadded::decode_vec(encoded).ok()) else {
        return Ok(None);
    };
    let is_there = in_session(uri, Access::Use, |session| {
        if !find(session, uri, Some(&key_id))?.is_empty() {
            return Ok(true);
        }
        match find(session, uri, None)?.is_empty() {
            true => Err(uri.no_key()),
            false => Ok(false),
        }
    })?;
    Ok(is_there.then(|| root_key(uri, key_id)))
}

fn root_key(uri: &TokenUri, key_id: Vec<u8>) -> RootKey {
    let id = format!("{ID_PREFIX}{}", Base64Unpadded::encode_string(&key_id));
    RootKey::in_token(id.into_bytes(), TokenKey { uri: uri.clone(), key_id })
}

fn find(
    session: &Session,
    uri: &TokenUri,
    key_id: Option<&[u8]>,
) -> Result<Vec<ObjectHandle>, TokenError> {
    let mut template = vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::Token(true),
        Attribute::Label(uri.object().as_bytes().to_vec()),
    ];
    template.extend(key_id.map(|id| Attribute::Id(id.to_vec())));
    session.find_objects(&template).map_err(|source| uri.call(source))
}

/// The id of a key that was there, if it is one that the token keeps to itself.
fn fit_id(session: &Session, uri: &TokenUri, key: ObjectHandle) -> Result<Vec<u8>, TokenError> {
    let wanted = [
        AttributeType::KeyType,
        AttributeType::ValueLen,
        AttributeType::Sensitive,
        AttributeType::Extractable,
        AttributeType::Id,
    ];
    let found = session.get_attributes(key, &wanted).map_err(|source| uri.call(source))?;
    let has = |attribute| found.contains(&attribute);
    let id = found.iter().find_map(|attribute| match attribute {
        Attribute::Id(id) if !id.is_empty() => Some(id.clone()),
        _ => None,
    });
    let is_fit = has(Attribute::KeyType(KeyType::AES))
        && has(Attribute::ValueLen(32.into()))
        && has(Attribute::Sensitive(true))
        && has(Attribute::Extractable(false));
    id.filter(|_| is_fit).ok_or_else(|| TokenError::UnfitKey { object: uri.object().to_owned() })
}

fn make(session: &Session, uri: &TokenUri, key_id: &[u8]) -> Result<(), TokenError> {
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::ValueLen(32.into()),
        Attribute::Label(uri.object().as_bytes().to_vec()),
        Attribute::Id(key_id.to_vec()),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Modifiable(false),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::Wrap(false),
        Attribute::Unwrap(false),
    ];
    session.generate_key(&Mechanism::AesKeyGen, &template).map_err(|source| uri.call(source))?;
    Ok(())
}

impl TokenKey {
    /// Has the token encrypt a key by AES-GCM: nonce, ciphertext and tag in one.
    pub(super) fn wrap(
        &self,
        binding: &Binding,
        key: &SecretKey,
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, RootKeyError> {
        let mut nonce = [0; NONCE_LENGTH];
        randomness.fill(&mut nonce)?;
        let mut wrapped = nonce.to_vec();
        let sealed = self.with_key(|session, handle| {
            let parameters = GcmParams::new(&mut nonce, binding.as_bytes(), TAG_BITS.into())?;
            session.encrypt(&Mechanism::AesGcm(parameters), handle, key.expose_secret())
        })?;
        wrapped.extend_from_slice(&sealed.map_err(|source| self.uri.call(source))?);
        Ok(wrapped)
    }

    /// Has the token open what [`wrap`](Self::wrap) made.
    pub(super) fn open(&self, binding: &Binding, wrapped: &[u8]) -> Result<SecretKey, OpenError> {
        let (nonce, sealed) =
            wrapped.split_first_chunk::<NONCE_LENGTH>().ok_or(OpenError::Broken)?;
        let mut nonce = *nonce;
        let opened = self.with_key(|session, handle| {
            let parameters = GcmParams::new(&mut nonce, binding.as_bytes(), TAG_BITS.into())?;
            let opened = session.decrypt(&Mechanism::AesGcm(parameters), handle, sealed)?;
            Ok(Zeroizing::new(opened))
        });
        match opened.map_err(OpenError::Unavailable)? {
            Ok(opened) => SecretKey::copied_from(&opened).map_err(|_| OpenError::Broken),
            Err(error) if is_refused_content(&error) => {
                tracing::warn!(%error, token = self.uri.token(), "the token opens no store key");
                Err(OpenError::Broken)
            }
            Err(source) => Err(OpenError::Unavailable(self.uri.call(source).into())),
        }
    }

    fn with_key<T>(
        &self,
        work: impl FnOnce(&Session, ObjectHandle) -> cryptoki::error::Result<T>,
    ) -> Result<cryptoki::error::Result<T>, RootKeyError> {
        let done = in_session(&self.uri, Access::Use, |session| {
            let found = find(session, &self.uri, Some(&self.key_id))?;
            let &handle = found.first().ok_or_else(|| self.uri.no_key())?;
            Ok(work(session, handle))
        })?;
        Ok(done)
    }
}

impl TokenUri {
    fn call(&self, source: cryptoki::error::Error) -> TokenError {
        TokenError::Call { token: self.token().to_owned(), source }
    }

    fn no_key(&self) -> TokenError {
        TokenError::NoKey { token: self.token().to_owned(), object: self.object().to_owned() }
    }
}
