//! What a `Standard:` line says, and the `clauses` of a vector group: the same spelling for both.
//!
//! `ANSI X9.143:2021, 6.3.6.13 and 6.3.6.14; ISO 8601-1:2019, 5.4.2 (a remark).` cites three
//! clauses. A table, step or method after a clause says more precisely where in it.

use std::cmp::Ordering;
use std::fmt;

use super::standards::{STANDARDS, Standard};

/// One clause of one standard; without a number, the standard as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Clause<'a> {
    /// The standard.
    pub standard: &'static Standard,
    /// The number of the clause as it is printed, or empty.
    pub number: &'a str,
}

/// Words that begin a place inside the clause before them.
const INSIDE_A_CLAUSE: [&str; 4] = ["table ", "tables ", "step ", "method "];

/// Reads a text of citations.
///
/// # Errors
///
/// A sentence about what cannot be read: an unknown standard, or a place that is no clause.
pub fn parse(text: &str) -> Result<Vec<Clause<'_>>, String> {
    let mut clauses = Vec::new();
    for citation in text.trim().trim_end_matches('.').split("; ") {
        let citation = without_remark(citation.trim());
        let (standard, places) = split_standard(citation)?;
        if places.is_empty() {
            clauses.push(Clause { standard, number: "" });
        }
        for (index, place) in split_places(places).enumerate() {
            // "tables 2 and 3" would make a clause of the 3, so it has to be "tables 2 to 3".
            let is_half = place.starts_with("tables ") && !place.contains(" to ");
            if index > 0 && !is_half && INSIDE_A_CLAUSE.iter().any(|it| place.starts_with(it)) {
                continue;
            }
            if !is_clause(place) {
                return Err(format!("\"{place}\" is no clause, in \"{citation}\""));
            }
            clauses.push(Clause { standard, number: place });
        }
    }
    Ok(clauses)
}

/// The citation before a remark in parentheses at its end.
fn without_remark(citation: &str) -> &str {
    let bare = citation.strip_suffix(')').and_then(|inner| inner.rsplit_once(" ("));
    bare.map_or(citation, |(bare, _)| bare)
}

fn split_standard(citation: &str) -> Result<(&'static Standard, &str), String> {
    let (name, places) = citation.split_once(", ").unwrap_or((citation, ""));
    let known = STANDARDS.iter().find(|standard| standard.name == name);
    known
        .map(|standard| (standard, places))
        .ok_or_else(|| format!("the standard \"{name}\" is not in xtask/src/clauses/standards.rs"))
}

fn split_places(places: &str) -> impl Iterator<Item = &str> {
    places.split(", ").flat_map(|part| part.split(" and ")).filter(|place| !place.is_empty())
}

/// `6.3.6.8`, `A.2`, `annex B`, or the title of a clause without number in quotation marks.
fn is_clause(place: &str) -> bool {
    if place.len() > 2 && place.starts_with('"') && place.ends_with('"') {
        return true;
    }
    let is_letter = |text: &str| text.len() == 1 && text.bytes().all(|it| it.is_ascii_uppercase());
    if let Some(letter) = place.strip_prefix("annex ").or_else(|| place.strip_prefix("appendix ")) {
        return is_letter(letter);
    }
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let (first, others) = place.split_once('.').unwrap_or((place, "1"));
    let first_is_letter = is_letter(first) && place.contains('.');
    (is_number(first) || first_is_letter) && others.split('.').all(is_number)
}

impl fmt::Display for Clause<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            "" => formatter.write_str(self.standard.name),
            number => write!(formatter, "{}, {number}", self.standard.name),
        }
    }
}

impl Ord for Clause<'_> {
    /// By the table of standards, then as clauses follow each other: 6.3.10 after 6.3.9.
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |clause: &Self| {
            let standard = STANDARDS.iter().position(|it| it == clause.standard);
            let part = |text: &str| (text.parse::<u32>().unwrap_or(u32::MAX), text.to_owned());
            let parts = clause.number.split('.').filter(|part| !part.is_empty());
            (standard, parts.map(part).collect::<Vec<_>>())
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Clause<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        parse(text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn clauses_of_several_standards_are_read_from_one_line() {
        let text = "ANSI X9.143:2021, 6.3.1, tables 2 to 4 and A.2; RFC 8452; RFC 5280, 4.1 (x).";
        let clauses =
            ["ANSI X9.143:2021, 6.3.1", "ANSI X9.143:2021, A.2", "RFC 8452", "RFC 5280, 4.1"];
        assert_eq!(shown(text), clauses);
        assert_eq!(shown("ASC X9 TR 34, annex B"), ["ASC X9 TR 34, annex B"]);
    }

    #[test]
    fn what_is_no_citation_is_refused() {
        let unknown = parse("ANSI X9.999:2021, 6").unwrap_err();
        assert!(unknown.contains("\"ANSI X9.999:2021\" is not in"), "{unknown}");
        for text in
            ["RFC 8017, 7.1.", "RFC 8017, A", "RFC 8017, 7, tables 2 and 3", "RFC 8017, keys"]
        {
            // A full stop ends the line, so "7.1." is "7.1".
            assert_eq!(parse(text).is_ok(), text.ends_with("7.1."), "{text}");
        }
    }

    #[test]
    fn clauses_are_in_order() {
        let text = "ANSI X9.143:2021, 6.3.10 and 6.3.9 and 6.3; ANSI X9.143:2021";
        let mut clauses = parse(text).unwrap();
        clauses.sort();
        let numbers: Vec<_> = clauses.iter().map(|clause| clause.number).collect();
        assert_eq!(numbers, ["", "6.3", "6.3.9", "6.3.10"]);
    }
}
