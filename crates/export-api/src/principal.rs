//! Who asks: a credential by its name, and what it is to the endpoint.

use serde::{Deserialize, Serialize};

/// What a credential is to the endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// May do everything where nobody has said otherwise.
    Administrator,
    /// May do what somebody has said that it may.
    #[default]
    Member,
}

impl Role {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Member => "member",
        }
    }
}

/// Who signed a request: a credential, whichever of its access keys was used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    name: String,
    role: Role,
}

impl Principal {
    /// Joins the name of a credential and its role.
    #[must_use]
    pub const fn new(name: String, role: Role) -> Self {
        Self { name, role }
    }

    /// The name of the credential.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is to the endpoint.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }
}
