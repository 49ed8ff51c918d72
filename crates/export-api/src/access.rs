//! Whether an operation may be carried out: what it touches is found, and each of it asked about.
//!
//! An identifier is bound to the key that was found under it: an alias that is pointed elsewhere
//! meanwhile does not lead to a key that nobody was asked about.

use sha2::{Digest, Sha256};

use crate::arn::ParsedArn;
use crate::error::Error;
use crate::operation::Operation;
use crate::ports::{
    Alias, AliasPage, Authorize, Caller, Circumstances, Clock, Decision, KeyStore, Question,
    Randomness, Related, Resource, RsaKeys,
};
use crate::service::World;
use crate::wire::{GivenCertificate, KeyIdentifier};
use crate::{AliasName, Key, KeyArn};

/// What an operation touches.
pub(crate) struct Touches<'a> {
    target: Target<'a>,
    pub(crate) wrapping_key: Option<&'a mut KeyIdentifier>,
    pub(crate) authority: Option<&'a mut KeyIdentifier>,
    pub(crate) signing_key: Option<&'a mut KeyIdentifier>,
    /// What is known without asking the store.
    pub(crate) circumstances: Circumstances,
}

/// What an operation acts on.
enum Target<'a> {
    Account,
    Key(&'a mut KeyIdentifier),
    Arn { member: &'static str, arn: &'a KeyArn },
    Alias { name: &'a AliasName, found: &'a mut Option<Alias>, moves_to: Option<&'a KeyArn> },
}

impl<'a> Touches<'a> {
    /// Keys in general, or one that is yet to be made.
    pub(crate) fn account() -> Self {
        Self::target(Target::Account)
    }

    /// The key that an identifier names.
    pub(crate) fn key(identifier: &'a mut KeyIdentifier) -> Self {
        Self::target(Target::Key(identifier))
    }

    /// The key with this ARN, or, without one, the account.
    pub(crate) fn arn(member: &'static str, arn: Option<&'a KeyArn>) -> Self {
        Self::target(arn.map_or(Target::Account, |arn| Target::Arn { member, arn }))
    }

    /// An alias that is there, with the key it points to and the one it is to point to. What is
    /// found is kept, so that the operation goes on with it.
    pub(crate) fn alias(
        name: &'a AliasName,
        found: &'a mut Option<Alias>,
        moves_to: Option<&'a KeyArn>,
    ) -> Self {
        Self::target(Target::Alias { name, found, moves_to })
    }

    fn target(target: Target<'a>) -> Self {
        let circumstances = Circumstances::default();
        Self { target, wrapping_key: None, authority: None, signing_key: None, circumstances }
    }

    /// The same with the labels of a request.
    pub(crate) fn with_tags(mut self, keys: impl IntoIterator<Item = String>) -> Self {
        self.circumstances.tag_keys = keys.into_iter().collect();
        self
    }
}

/// The hash that stands for a certificate.
pub(crate) fn fingerprint(given: &GivenCertificate) -> String {
    base16ct::lower::encode_string(&Sha256::digest(given.certificate.as_der()))
}

/// A key that was looked for.
enum Found {
    Account,
    Key {
        key: Box<Key>,
        aliases: Vec<AliasName>,
    },
    /// There is none, and what is answered if the caller may know.
    Nothing {
        name: String,
        error: Error,
    },
}

/// Finds what an operation touches and asks about each of it.
///
/// # Errors
///
/// [`Error::Denied`] if one of the answers is no; else what keeps the operation from being carried
/// out, such as a key that is not there.
pub(crate) async fn require<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    authorizer: &dyn Authorize,
    world: &World<S, C, R, K>,
    (caller, operation): (&Caller, Operation),
    touches: Touches<'_>,
) -> Result<(), Error> {
    match authorizer.beforehand(caller, operation) {
        Some(Decision::Allowed) => return Ok(()),
        Some(Decision::Denied) => return Err(Error::Denied { operation }),
        None => (),
    }
    let Touches { target, wrapping_key, authority, signing_key, mut circumstances } = touches;
    let mut missing = Vec::new();
    if let Target::Key(identifier) = &target {
        circumstances.request_alias = alias_in(identifier.as_str());
    }
    let targets = found(world, target).await?;
    circumstances.wrapping_key = related(world, wrapping_key, &mut missing).await?;
    circumstances.authority = related(world, authority, &mut missing).await?;
    circumstances.signing_key = related(world, signing_key, &mut missing).await?;

    for target in &targets {
        let resource = match target {
            Found::Account => Resource::Account,
            Found::Key { key, aliases } => Resource::Key { key, aliases },
            Found::Nothing { name, .. } => Resource::Unknown { name },
        };
        let question = Question::new(caller, operation, resource, &circumstances);
        if authorizer.decide(&question) == Decision::Denied {
            return Err(Error::Denied { operation });
        }
    }
    // Only now, and in this order, may the caller know what is not there. The operation would say
    // the same, unless it appeared meanwhile; then nobody was asked about it.
    let of_targets = targets.into_iter().filter_map(|target| match target {
        Found::Nothing { error, .. } => Some(error),
        _ => None,
    });
    of_targets.chain(missing).next().map_or(Ok(()), Err)
}

async fn found<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    target: Target<'_>,
) -> Result<Vec<Found>, Error> {
    Ok(match target {
        Target::Account => vec![Found::Account],
        Target::Key(identifier) => {
            let key = world.key(identifier).await;
            if let Ok(key) = &key {
                identifier.bind(key.arn().clone());
            }
            vec![one(world, key, identifier.as_str()).await?]
        }
        Target::Arn { member, arn } => vec![by_arn(world, member, arn).await?],
        Target::Alias { name, found, moves_to } => {
            let alias = match world.alias(name).await {
                Ok(alias) => alias,
                Err(error @ Error::NotFound { .. }) => {
                    return Ok(vec![Found::Nothing { name: name.to_string(), error }]);
                }
                Err(error) => return Err(error),
            };
            let alias = found.insert(alias);
            let mut targets = Vec::new();
            for arn in [alias.target(), moves_to].into_iter().flatten() {
                targets.push(by_arn(world, "KeyArn", arn).await?);
            }
            if targets.is_empty() {
                targets.push(Found::Account);
            }
            targets
        }
    })
}

async fn by_arn<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    member: &'static str,
    arn: &KeyArn,
) -> Result<Found, Error> {
    one(world, world.key_by_arn(member, arn.clone()).await, arn.as_str()).await
}

/// A key with its aliases, or that there is none.
async fn one<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    key: Result<Key, Error>,
    name: &str,
) -> Result<Found, Error> {
    match key {
        Ok(key) => {
            let aliases = aliases_of(world, key.arn()).await?;
            Ok(Found::Key { key: Box::new(key), aliases })
        }
        Err(error) if is_absence(&error) => Ok(Found::Nothing { name: name.to_owned(), error }),
        Err(error) => Err(error),
    }
}

/// A key that is named beside the one that is acted on.
async fn related<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    identifier: Option<&mut KeyIdentifier>,
    missing: &mut Vec<Error>,
) -> Result<Option<Related>, Error> {
    let Some(identifier) = identifier else { return Ok(None) };
    match world.key(identifier).await {
        Ok(key) => {
            identifier.bind(key.arn().clone());
            Ok(Some(Related::Key(Box::new(key))))
        }
        Err(error) if is_absence(&error) => {
            missing.push(error);
            Ok(Some(Related::Unknown(identifier.as_str().to_owned())))
        }
        Err(error) => Err(error),
    }
}

const fn is_absence(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. } | Error::OtherAccount { .. })
}

async fn aliases_of<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    arn: &KeyArn,
) -> Result<Vec<AliasName>, Error> {
    const AT_ONCE: usize = 256;

    let mut names: Vec<AliasName> = Vec::new();
    loop {
        let after = names.last().cloned();
        let page = AliasPage { target: Some(arn.clone()), after, limit: AT_ONCE };
        let aliases = world.store.aliases(&page).await?;
        let is_last = aliases.len() < AT_ONCE;
        names.extend(aliases.iter().map(|alias| alias.name().clone()));
        if is_last {
            return Ok(names);
        }
    }
}

/// The alias that an identifier is.
fn alias_in(identifier: &str) -> Option<AliasName> {
    let name = ParsedArn::parse(identifier).map_or(identifier, |arn| arn.resource);
    name.parse().ok()
}
