//! Enum strings of the API: one table per enum, both directions.

use serde::{Deserialize, Deserializer, Serializer};

/// A value that the API writes as one of a fixed set of names.
pub trait Named: Copy + Sized + 'static {
    /// Every name with its value, in the order of the API's model.
    fn table() -> impl Iterator<Item = (&'static str, Self)>;

    /// The name as it is written.
    fn name(self) -> &'static str;

    /// The value of a name, or `None` for an unknown one.
    #[must_use]
    fn from_name(name: &str) -> Option<Self> {
        Self::table().find_map(|(known, value)| (known == name).then_some(value))
    }
}

/// Declares an enum of the API with the names of its values.
macro_rules! named_enum {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$row_meta:meta])* $variant:ident = $value:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        $visibility enum $name {
            $($(#[$row_meta])* $variant,)+
        }

        impl $crate::Named for $name {
            fn table() -> impl Iterator<Item = (&'static str, Self)> {
                [$(($value, Self::$variant),)+].into_iter()
            }

            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $value,)+
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                formatter.write_str($crate::Named::name(*self))
            }
        }
    };
}

pub(crate) use named_enum;

impl Named for key_types::KeyAlgorithm {
    fn table() -> impl Iterator<Item = (&'static str, Self)> {
        Self::ALL.iter().map(|&algorithm| (algorithm.code(), algorithm))
    }

    fn name(self) -> &'static str {
        self.code()
    }
}

/// Writes a value as its name, for `#[serde(with = "crate::names")]`.
pub(crate) fn serialize<T: Named, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.name())
}

/// Reads a value from its name, for `#[serde(with = "crate::names")]`.
pub(crate) fn deserialize<'de, T: Named, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let name = String::deserialize(deserializer)?;
    T::from_name(&name).ok_or_else(|| serde::de::Error::custom("a name that is not in the table"))
}
