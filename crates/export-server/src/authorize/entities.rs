//! A question in the words of the schema.

use core::error::Error;
use core::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{
    Context, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression as Expression,
};
use export_api::ports::{Circumstances, Question, Related, Resource};
use export_api::{AliasName, Approval, Key, KeyAttributes, Named, Operation, Principal};

/// Why a question cannot be put. What Cedar says of it is large, and only for the log.
pub(super) type Unsaid = Box<dyn Error + Send + Sync>;

/// A question in Cedar.
pub(super) struct Asked {
    pub(super) principal: EntityUid,
    pub(super) action: EntityUid,
    pub(super) resource: EntityUid,
    pub(super) context: Context,
    /// Everything that the four name.
    pub(super) entities: Vec<Entity>,
}

macro_rules! types {
    ($($name:ident = $text:literal;)+) => {
        $(static $name: LazyLock<EntityTypeName> = LazyLock::new(|| {
            EntityTypeName::from_str($text).expect("it is a name")
        });)+
    };
}

types! {
    ROLE = "Role";
    CREDENTIAL = "Credential";
    ACCOUNT = "Account";
    KEY = "Key";
    ACTION = "Action";
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

fn text(text: &str) -> Expression {
    Expression::new_string(text.to_owned())
}

fn texts<'a>(of: impl IntoIterator<Item = &'a str>) -> Expression {
    Expression::new_set(of.into_iter().map(text))
}

/// Puts a question in Cedar.
pub(super) fn of(question: &Question<'_>, account: &str) -> Result<Asked, Unsaid> {
    let Question { caller, operation, resource, circumstances, .. } = question;
    let asker = caller.principal.as_ref().ok_or("nobody asks")?;
    let account = uid(&ACCOUNT, account);
    let (principal, mut entities) = asking(asker, &account)?;
    let (resource, aliases) = match resource {
        Resource::Key { key, aliases } => {
            entities.push(key_entity(key, &account)?);
            (uid(&KEY, key.arn().as_str()), *aliases)
        }
        Resource::Unknown { name } => {
            entities.push(unknown_key(name, &account)?);
            (uid(&KEY, name), &[][..])
        }
        _ => (account.clone(), &[][..]),
    };
    let mut pairs = Vec::new();
    let mut related = |name: &str, key: &Option<Related>| {
        let Some(key) = key else { return Ok::<_, Unsaid>(None) };
        let entity = match key {
            Related::Key(key) => key_entity(key, &account)?,
            Related::Unknown(name) => unknown_key(name, &account)?,
            _ => return Err(Unsaid::from("a key of an unknown kind")),
        };
        let id = entity.uid();
        // The same key may stand in two places.
        if entities.iter().all(|known| known.uid() != id) {
            entities.push(entity);
        }
        Ok(Some((name.to_owned(), Expression::new_entity_uid(id))))
    };
    if matches!(operation, Operation::ExportKey | Operation::ImportKey) {
        let Circumstances { wrapping_key, authority, signing_key, .. } = circumstances;
        pairs.extend(related("WrappingKeyIdentifier", wrapping_key)?);
        pairs.extend(related("CertificateAuthorityPublicKeyIdentifier", authority)?);
        pairs.extend(related("SigningKeyIdentifier", signing_key)?);
    }
    pairs.extend(own_pairs(*operation, circumstances, aliases));
    Ok(Asked {
        principal,
        action: uid(&ACTION, operation.name()),
        resource,
        context: Context::from_pairs(pairs)?,
        entities,
    })
}

/// Puts the question in Cedar whether a credential may approve of what another asked for.
pub(super) fn of_approval(
    approver: &Principal,
    approval: &Approval,
    key: &Key,
    account: &str,
) -> Result<Asked, Unsaid> {
    let account = uid(&ACCOUNT, account);
    let (principal, mut entities) = asking(approver, &account)?;
    entities.push(key_entity(key, &account)?);
    let is_initial_key = approval.key_serial_number().is_some();
    let context = [
        ("Requester", text(approval.requester())),
        ("Recipient", text(approval.recipient())),
        ("ExportKeyMaterial", text(approval.form())),
        ("ExportDukptInitialKey", Expression::new_bool(is_initial_key)),
    ];
    let context = context.into_iter().map(|(name, value)| (name.to_owned(), value));
    Ok(Asked {
        principal,
        action: uid(&ACTION, "ApproveExport"),
        resource: uid(&KEY, key.arn().as_str()),
        context: Context::from_pairs(context)?,
        entities,
    })
}

/// A credential, with what it belongs to and the account.
fn asking(asker: &Principal, account: &EntityUid) -> Result<(EntityUid, Vec<Entity>), Unsaid> {
    let principal = uid(&CREDENTIAL, asker.name());
    let role = uid(&ROLE, asker.role().as_str());
    let entities = vec![
        Entity::new(principal.clone(), [].into(), [role.clone()].into())?,
        Entity::with_uid(role),
        Entity::with_uid(account.clone()),
    ];
    Ok((principal, entities))
}

/// What the context of an operation has beside other keys.
fn own_pairs(
    operation: Operation,
    circumstances: &Circumstances,
    aliases: &[AliasName],
) -> Vec<(String, Expression)> {
    let mut pairs = Vec::new();
    let mut put = |name: &str, value| pairs.push((name.to_owned(), value));
    let tags = || texts(circumstances.tag_keys.iter().map(String::as_str));
    match operation {
        Operation::ListKeys
        | Operation::GetParametersForExport
        | Operation::GetParametersForImport => (),
        Operation::CreateKey => {
            if let Some((attributes, exportable)) = &circumstances.attributes {
                for (name, value) in attribute_pairs(attributes) {
                    put(name, value);
                }
                put("Exportable", Expression::new_bool(*exportable));
            }
            put("TagKeys", tags());
        }
        Operation::ImportKey => {
            put("ImportKeyMaterial", text(circumstances.material.unwrap_or_default()));
            put("TagKeys", tags());
        }
        _ => {
            if let Some(alias) = &circumstances.request_alias {
                put("RequestAlias", text(alias.as_str()));
            }
            put("ResourceAliases", texts(aliases.iter().map(AliasName::as_str)));
        }
    }
    match operation {
        Operation::TagResource | Operation::UntagResource => put("TagKeys", tags()),
        Operation::ExportKey => {
            put("ExportKeyMaterial", text(circumstances.material.unwrap_or_default()));
            put("ExportDukptInitialKey", Expression::new_bool(circumstances.initial_key));
            if let Some(receiver) = &circumstances.receiver {
                put("WrappingKeyCertificateFingerprint", text(receiver));
            }
        }
        _ => (),
    }
    pairs
}

fn key_entity(key: &Key, account: &EntityUid) -> Result<Entity, Unsaid> {
    let own = [
        ("KeyState", text(key.state().name())),
        ("KeyOrigin", text(key.origin().name())),
        ("Exportable", Expression::new_bool(key.exportable())),
        ("Enabled", Expression::new_bool(key.enabled())),
    ];
    let attributes = attribute_pairs(key.attributes()).into_iter().chain(own);
    let tags = key.tags().iter().map(|tag| (tag.key().to_owned(), text(tag.value())));
    entity(key.arn().as_str(), attributes, account, tags)
}

/// The key that is not there, as the schema has it.
fn unknown_key(name: &str, account: &EntityUid) -> Result<Entity, Unsaid> {
    let no = || Expression::new_bool(false);
    let texts_of_key = ["KeyUsage", "KeyClass", "KeyAlgorithm", "KeyState", "KeyOrigin"];
    let attributes = texts_of_key.into_iter().map(|name| (name, text(""))).chain([
        ("KeyModesOfUse", texts([])),
        ("Exportable", no()),
        ("Enabled", no()),
    ]);
    entity(name, attributes, account, [])
}

fn entity<'a>(
    id: &str,
    attributes: impl IntoIterator<Item = (&'a str, Expression)>,
    account: &EntityUid,
    tags: impl IntoIterator<Item = (String, Expression)>,
) -> Result<Entity, Unsaid> {
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value));
    Ok(Entity::new_with_tags(uid(&KEY, id), attributes, [account.clone()], tags)?)
}

/// The attributes that stand in a request under the same names.
fn attribute_pairs(attributes: &KeyAttributes) -> [(&'static str, Expression); 4] {
    [
        ("KeyUsage", text(attributes.usage().name())),
        ("KeyClass", text(attributes.class().name())),
        ("KeyAlgorithm", text(attributes.algorithm().name())),
        // The API's flags of a mode, such as Encrypt+Wrap.
        ("KeyModesOfUse", texts(attributes.mode().name().split('+'))),
    ]
}
