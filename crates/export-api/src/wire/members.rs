//! Reading a JSON structure member by member.

use serde_json::{Map, Value};

use crate::error::{Error, Member};
use crate::{Named, Rule};

/// The members of a structure that were not read yet.
pub(crate) struct Members {
    at: Member,
    left: Map<String, Value>,
}

/// A value that one member holds.
pub(crate) trait FromJson: Sized {
    /// Reads the value, or names the rule it breaks.
    fn from_json(value: Value, at: &Member) -> Result<Self, Error>;
}

impl Members {
    /// The members of a whole request.
    pub(crate) fn of_request(request: Value) -> Result<Self, Error> {
        match request {
            Value::Object(left) => Ok(Self { at: Member::request(), left }),
            _ => Err(Error::Serialization { problem: "it is another JSON value" }),
        }
    }

    /// The members of a structure within a request.
    pub(crate) fn of(value: Value, at: &Member) -> Result<Self, Error> {
        match value {
            Value::Object(left) => Ok(Self { at: at.clone(), left }),
            _ => Err(Error::invalid(at.clone(), Rule::Type { expected: "a structure" })),
        }
    }

    /// Where the structure stands.
    pub(crate) const fn at(&self) -> &Member {
        &self.at
    }

    /// Reads a member that must be there.
    pub(crate) fn required<T: FromJson>(&mut self, name: &'static str) -> Result<T, Error> {
        match self.optional(name)? {
            Some(value) => Ok(value),
            None => Err(Error::invalid(self.at.member(name), Rule::Required)),
        }
    }

    /// Reads a member that may be absent; `null` is absent.
    pub(crate) fn optional<T: FromJson>(&mut self, name: &'static str) -> Result<Option<T>, Error> {
        match self.left.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::from_json(value, &self.at.member(name)).map(Some),
        }
    }

    /// Reads the one member of a union.
    pub(crate) fn one_of(
        &mut self,
        names: &'static [&'static str],
    ) -> Result<(&'static str, Value), Error> {
        let given = |name: &&&str| self.left.get(**name).is_some_and(|value| !value.is_null());
        let found = names.iter().filter(given).count();
        match (found, names.iter().find(given)) {
            (1, Some(&name)) => Ok((name, self.left.remove(name).unwrap_or_default())),
            _ => Err(Error::invalid(self.at.clone(), Rule::Union { members: names, found })),
        }
    }

    /// Refuses members that nobody read.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let unread = self.left.iter().filter(|(_, value)| !value.is_null());
        match unread.map(|(name, _)| name).min() {
            None => Ok(()),
            Some(name) => {
                // A name of any length came from outside; only its beginning is repeated.
                let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
                Err(Error::invalid(self.at.member(&shown), Rule::UnknownMember))
            }
        }
    }
}

impl FromJson for bool {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let refusal = || Error::invalid(at.clone(), Rule::Type { expected: "true or false" });
        value.as_bool().ok_or_else(refusal)
    }
}

impl FromJson for String {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err(Error::invalid(at.clone(), Rule::Type { expected: "a string" })),
        }
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let Value::Array(items) = value else {
            return Err(Error::invalid(at.clone(), Rule::Type { expected: "a list" }));
        };
        let read = |(index, item)| T::from_json(item, &at.item(index));
        items.into_iter().enumerate().map(read).collect()
    }
}

/// Any value with a table of names is read by its name.
impl<T: Named> FromJson for T {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let name = String::from_json(value, at)?;
        T::from_name(&name).ok_or_else(|| {
            let names = T::table().map(|(name, _)| name).collect();
            Error::invalid(at.clone(), Rule::OneOf { names })
        })
    }
}

/// Refuses a text or list of the wrong length.
pub(crate) fn check_length(
    at: &Member,
    found: usize,
    least: usize,
    most: usize,
    unit: &'static str,
) -> Result<(), Error> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    Err(Error::invalid(at.clone(), Rule::Length { least, most, unit }))
}

/// Reads a text of `least` to `most` characters.
pub(crate) fn text_of(
    value: Value,
    at: &Member,
    least: usize,
    most: usize,
) -> Result<String, Error> {
    let text = String::from_json(value, at)?;
    check_length(at, text.chars().count(), least, most, "characters")?;
    Ok(text)
}
