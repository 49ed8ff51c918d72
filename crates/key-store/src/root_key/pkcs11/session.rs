//! Sessions with tokens, one at a time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;

use super::{TokenError, TokenUri};

/// What a session is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Use,
    Change,
}

/// Modules that were loaded; they stay so, because many do not survive being unloaded.
///
/// The lock is held for as long as a module is in use: what one user of it ends, ends for all.
static MODULES: LazyLock<Mutex<BTreeMap<PathBuf, Pkcs11>>> = LazyLock::new(Mutex::default);

/// Works in a session with the token.
///
/// The module is told of its beginning and its end each time, so that it looks for tokens anew and
/// one that was away is found again.
pub(super) fn in_session<T>(
    uri: &TokenUri,
    access: Access,
    work: impl FnOnce(&Session) -> Result<T, TokenError>,
) -> Result<T, TokenError> {
    let refused = |source| TokenError::Module { path: uri.module().to_owned(), source };
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    let module = match modules.get(uri.module()) {
        Some(module) => module.clone(),
        None => {
            let module = Pkcs11::new(uri.module()).map_err(refused)?;
            modules.insert(uri.module().to_owned(), module.clone());
            module
        }
    };
    let flags = CInitializeFlags::OS_LOCKING_OK;
    module.initialize(CInitializeArgs::new(flags)).map_err(refused)?;
    let outcome = log_in(&module, uri, access).and_then(|session| work(&session));
    if let Err(error) = module.finalize() {
        tracing::warn!(%error, "the PKCS #11 module does not end its work");
    }
    outcome
}

fn log_in(module: &Pkcs11, uri: &TokenUri, access: Access) -> Result<Session, TokenError> {
    let call = |source| uri.call(source);
    let pin = uri.pin()?;
    let slot = slot(module, uri)?;
    let session = match access {
        Access::Use => module.open_ro_session(slot),
        Access::Change => module.open_rw_session(slot),
    };
    let session = session.map_err(call)?;
    session
        .login(UserType::User, Some(&pin))
        .map_err(|source| TokenError::Login { token: uri.token().to_owned(), source })?;
    Ok(session)
}

fn slot(module: &Pkcs11, uri: &TokenUri) -> Result<Slot, TokenError> {
    let call = |source| uri.call(source);
    let mut found = Vec::new();
    for slot in module.get_slots_with_initialized_token().map_err(call)? {
        let info = module.get_token_info(slot).map_err(call)?;
        let is_serial = uri.serial().is_none_or(|serial| info.serial_number() == serial);
        if info.label().trim_end() == uri.token() && is_serial {
            found.push(slot);
        }
    }
    match found.as_slice() {
        [slot] => Ok(*slot),
        _ => Err(TokenError::Token { token: uri.token().to_owned(), found: found.len() }),
    }
}

/// Whether the token says that what it was to decrypt is not what it has encrypted.
pub(super) const fn is_refused_content(error: &Error) -> bool {
    use RvError as Rv;

    matches!(
        error,
        Error::Pkcs11(
            Rv::EncryptedDataInvalid
                | Rv::EncryptedDataLenRange
                | Rv::DataInvalid
                | Rv::DataLenRange
                // So says SoftHSM.
                | Rv::GeneralError,
            _
        )
    )
}
