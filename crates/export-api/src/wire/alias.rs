//! An alias in answers.

use serde::Serialize;

use crate::ports::Alias;

/// An answer with an alias.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AliasAnswer {
    alias: AliasShape,
}

/// All that is told of an alias.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AliasShape {
    alias_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_arn: Option<String>,
}

impl From<Alias> for AliasShape {
    fn from(alias: Alias) -> Self {
        Self { alias_name: alias.name.into(), key_arn: alias.target.map(String::from) }
    }
}

impl From<Alias> for AliasAnswer {
    fn from(alias: Alias) -> Self {
        Self { alias: alias.into() }
    }
}
