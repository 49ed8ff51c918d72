//! The items of our crates that say which clause they implement.

use std::fs;

use crate::tidy::file_length::{code, source_files};
use crate::workspace::Workspace;

/// How a line of documentation begins its list of clauses.
const MARK: &str = "Standard: ";

/// An item with a `Standard:` line in its documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// The file, below the root of the workspace.
    pub file: String,
    /// The line of the citation, from 1.
    pub line: usize,
    /// The name of the item, with that of the type around it; for a whole file, that of the module.
    pub name: String,
    /// What the line says.
    pub citation: String,
}

/// All items of the workspace with such a line, in the order of files and lines.
///
/// # Errors
///
/// When a source file cannot be read.
pub fn items(workspace: &Workspace) -> anyhow::Result<Vec<Item>> {
    let mut items = Vec::new();
    for package in &workspace.packages {
        let mut files = source_files(&package.directory().join("src"))?;
        files.sort();
        for path in files {
            let file = workspace.shown(&path).to_string().replace('\\', "/");
            items.extend(items_of(&file, &fs::read_to_string(&path)?));
        }
    }
    items.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    Ok(items)
}

fn items_of(file: &str, text: &str) -> Vec<Item> {
    let lines: Vec<&str> = code(text).lines().collect();
    let mut items = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let line = line.trim_start();
        let is_doc = line.starts_with("///") || line.starts_with("//!");
        let Some((_, begin)) = line.split_once(MARK).filter(|_| is_doc) else { continue };
        let doc = line.get(..3).unwrap_or_default();
        let later = lines.get(index + 1..).unwrap_or_default();
        let citation = whole_citation(begin, doc, later);
        let name = match doc {
            "//!" => module(file),
            _ => item(lines.get(..index).unwrap_or_default(), later),
        };
        items.push(Item { file: file.to_owned(), line: index + 1, name, citation });
    }
    items
}

/// A citation ends with a full stop at the end of a line, be it on the next one.
fn whole_citation(begin: &str, doc: &str, later: &[&str]) -> String {
    let mut citation = begin.trim_end().to_owned();
    for line in later {
        let Some(text) = line.trim_start().strip_prefix(doc) else { break };
        if citation.ends_with('.') || text.trim().is_empty() {
            break;
        }
        citation.push(' ');
        citation.push_str(text.trim());
    }
    citation
}

/// `crates/tr31/src/optional_block/ks.rs` is `tr31::optional_block::ks`.
fn module(file: &str) -> String {
    let path = file.trim_start_matches("crates/").trim_end_matches(".rs");
    let path = path.trim_end_matches("/lib").trim_end_matches("/main");
    path.replacen("/src", "", 1).replace('/', "::")
}

/// The name of what the documentation before `later` belongs to.
fn item(before: &[&str], later: &[&str]) -> String {
    let mut depth = 0_usize;
    let declaration = later.iter().find(|line| {
        let line = line.trim_start();
        let is_attribute = depth > 0 || line.starts_with("#[");
        if is_attribute {
            depth += line.matches('[').count();
            depth = depth.saturating_sub(line.matches(']').count());
        }
        !is_attribute && !line.starts_with("//")
    });
    let Some(declaration) = declaration else { return "?".into() };
    let name = declared_name(declaration);
    if !declaration.starts_with(' ') {
        return name;
    }
    let is_around = |line: &&&str| line.ends_with('{') && !line.starts_with([' ', '}']);
    match before.iter().rev().find(is_around) {
        // Items in a macro's table stand beside each other, not in a type.
        Some(around) if !around.contains('!') => format!("{}::{name}", declared_name(around)),
        _ => name,
    }
}

/// The name a line declares: of an item, of the type of an `impl`, of a variant or of a field.
fn declared_name(line: &str) -> String {
    const BEFORE_A_NAME: [&str; 12] = [
        "pub", "const", "async", "unsafe", "fn", "struct", "enum", "trait", "type", "mod",
        "static", "impl",
    ];
    let line = line.trim();
    let line = match line.split_once(" for ") {
        Some((_, implementor)) if line.starts_with("impl") => implementor,
        _ => line,
    };
    // The generics of an `impl` stand right behind it.
    let line = match line.strip_prefix("impl<").and_then(|rest| rest.split_once("> ")) {
        Some((_, rest)) => rest,
        None => line,
    };
    let is_name = |word: &&str| !BEFORE_A_NAME.contains(word) && !word.starts_with("pub(");
    let name = line.split_whitespace().find(is_name).unwrap_or("?");
    let end = name.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(name.len());
    name.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_named_with_the_type_around_them() {
        let text = "\
//! A module.
//!
//! Standard: RFC 8452.

/// A type.
///
/// Standard: RFC 5280, 4.1;
/// RFC 5652, 5.
#[derive(Clone)]
#[expect(
    dead_code,
    reason = \"none\"
)]
pub(crate) enum Key {
    /// Standard: SEC 1, 2.3.3.
    First(u8),
}

impl<'a> fmt::Display for Key<'a> {
    /// Standard: RFC 2986, 4.
    #[must_use]
    pub const fn shown(&self) {}
}
";
        let items = items_of("crates/a/src/b/c.rs", text);
        let found: Vec<_> =
            items.iter().map(|it| (it.line, it.name.as_str(), it.citation.as_str())).collect();
        let expected = [
            (3, "a::b::c", "RFC 8452."),
            (7, "Key", "RFC 5280, 4.1; RFC 5652, 5."),
            (15, "Key::First", "SEC 1, 2.3.3."),
            (20, "Key::shown", "RFC 2986, 4."),
        ];
        assert_eq!(found, expected);
        assert_eq!(module("crates/a/src/lib.rs"), "a");
    }
}
