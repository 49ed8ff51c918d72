//! Name patterns with `*` and `?`.

/// Says whether `name` fits `pattern`: `*` stands for any characters, `?` for one.
///
/// ```
/// use test_vectors::glob_matches;
///
/// assert!(glob_matches("tr31/*", "tr31/open"));
/// assert!(glob_matches("gen-?-*", "gen-D-KS"));
/// assert!(!glob_matches("gen-D", "gen-D-KS"));
/// ```
#[must_use]
pub fn glob_matches(pattern: &str, name: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return name.is_empty();
    };
    let pattern_rest = pattern.split_at(first.len_utf8()).1;
    if first == '*' {
        let mut starts = name.char_indices().map(|(at, _)| at).chain([name.len()]);
        return starts.any(|at| glob_matches(pattern_rest, name.split_at(at).1));
    }
    name.chars().next().is_some_and(|character| {
        (first == '?' || first == character)
            && glob_matches(pattern_rest, name.split_at(character.len_utf8()).1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, name, fits) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbcd", false),
            ("*b*", "abc", true),
            ("?", "é", true),
            ("?", "", false),
            ("a?c", "abc", true),
            ("*/wrap", "gen-B/wrap", true),
        ] {
            assert_eq!(glob_matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
