//! JSON whose members stay in order, written in the one form that vector files have.

use std::fmt::{self, Write};

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value with its members as they stand.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Self>),
    Members(Vec<(String, Self)>),
}

impl Json {
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Members(members) => {
                members.iter().find(|(it, _)| it == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    pub(super) fn member_mut(&mut self, name: &str) -> Option<&mut Self> {
        match self {
            Self::Members(members) => {
                members.iter_mut().find(|(it, _)| it == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Sets a member, which comes last if it is new. What has no members stays as it is.
    pub(super) fn set(&mut self, name: &str, value: Self) {
        if let Some(member) = self.member_mut(name) {
            *member = value;
        } else if let Self::Members(members) = self {
            members.push((name.to_owned(), value));
        }
    }

    /// The elements of a list; of anything else, none.
    pub(super) fn elements(&self) -> &[Self] {
        if let Self::List(elements) = self { elements } else { &[] }
    }

    pub(super) fn elements_mut(&mut self) -> &mut [Self] {
        if let Self::List(elements) = self { elements } else { &mut [] }
    }

    /// Puts the members that are named in front, in that order; the others keep theirs.
    pub(super) fn order(&mut self, names: &[&str]) {
        if let Self::Members(members) = self {
            members.sort_by_key(|(name, _)| {
                names.iter().position(|it| it == name).unwrap_or(usize::MAX)
            });
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        append(self, 0, formatter)
    }
}

fn append(value: &Json, depth: usize, out: &mut impl Write) -> fmt::Result {
    match value {
        Json::Null => out.write_str("null"),
        Json::Bool(value) => write!(out, "{value}"),
        Json::Number(number) => write!(out, "{number}"),
        Json::Text(text) => append_text(text, out),
        Json::List(elements) => append_all("[", elements, "]", depth, out, |element, out| {
            append(element, depth + 1, out)
        }),
        Json::Members(members) => append_all("{", members, "}", depth, out, |member, out| {
            let (name, value) = member;
            append_text(name, out)?;
            out.write_str(": ")?;
            append(value, depth + 1, out)
        }),
    }
}

/// Each on a line of its own, with one space for each level.
fn append_all<T, W: Write>(
    open: &str,
    all: &[T],
    close: &str,
    depth: usize,
    out: &mut W,
    append: impl Fn(&T, &mut W) -> fmt::Result,
) -> fmt::Result {
    out.write_str(open)?;
    for (number, one) in all.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        write!(out, "{comma}\n{:width$}", "", width = depth + 1)?;
        append(one, out)?;
    }
    if !all.is_empty() {
        write!(out, "\n{:depth$}", "")?;
    }
    out.write_str(close)
}

/// Printable ASCII as it is, all else escaped, so that bad inputs can be seen.
fn append_text(text: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(out, "\\{character}")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\u{8}' => out.write_str("\\b")?,
            '\u{C}' => out.write_str("\\f")?,
            ' '..='~' => out.write_char(character)?,
            _ => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
    }
    out.write_char('"')
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Json, E> {
        let number = serde_json::Number::from_f64(number);
        number.map(Json::Number).ok_or_else(|| E::custom("a number that JSON does not have"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Json::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some((name, value)) = access.next_entry::<String, Json>()? {
            if members.iter().any(|(it, _)| *it == name) {
                return Err(de::Error::custom(format!("the member {name} stands twice")));
            }
            members.push((name, value));
        }
        Ok(Json::Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_as_it_was_read() {
        let text = "{\n \"b\": [\n  1,\n  -2,\n  true,\n  null\n ],\n \"a\": {},\n \"c\": []\n}";
        assert_eq!(Json::parse(text).unwrap().to_string(), text);
        let text = "\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001~\\u007f\\u00e9\\ud83d\\ude00\"";
        assert_eq!(Json::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn a_member_stands_once() {
        let error = Json::parse(r#"{"a": 1, "a": 2}"#).unwrap_err();
        assert!(error.to_string().starts_with("the member a stands twice"));
    }

    #[test]
    fn named_members_come_first() {
        let mut value = Json::parse(r#"{"x": 1, "b": 2, "y": 3, "a": 4}"#).unwrap();
        value.order(&["a", "b"]);
        value.set("z", Json::Null);
        let names: Vec<_> = match &value {
            Json::Members(members) => members.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        };
        assert_eq!(names, ["a", "b", "x", "y", "z"]);
    }
}
