//! JSON and headings that fit a terminal.

use serde_json::Value;

/// Characters of a line.
const WIDTH: usize = 98;

/// A heading over the whole width.
pub(super) fn heading(title: &str) -> String {
    let rule = "-".repeat(WIDTH.saturating_sub(title.len()).saturating_sub(4));
    format!("-- {title} {rule}\n")
}

/// JSON with small structures on one line, and long texts folded.
pub(super) fn json(value: &Value) -> String {
    let mut text = String::new();
    push(&mut text, value, 1);
    let folded: Vec<String> = text.lines().map(fold).collect();
    folded.join("\n")
}

fn push(text: &mut String, value: &Value, depth: usize) {
    let column = |text: &str| text.lines().next_back().map_or(0, str::len);
    let compact = compact(value);
    match value {
        Value::Object(members) if column(text).saturating_add(compact.len()) > WIDTH => {
            text.push('{');
            // Flags flow like words; other members stand one to a line.
            let flows = members.values().all(Value::is_boolean);
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                let fits = column(text).saturating_add(name.len()).saturating_add(12) <= WIDTH;
                if index > 0 && flows && fits {
                    text.push(' ');
                } else {
                    text.push('\n');
                    text.push_str(&"  ".repeat(depth));
                }
                text.push_str(&format!("\"{name}\": "));
                push(text, member, depth.saturating_add(1));
            }
            text.push('}');
        }
        _ => text.push_str(&compact),
    }
}

/// JSON on one line.
fn compact(value: &Value) -> String {
    let Value::Object(members) = value else { return value.to_string() };
    let member = |(name, value): (&String, &Value)| format!("\"{name}\": {}", compact(value));
    let members: Vec<String> = members.iter().map(member).collect();
    format!("{{{}}}", members.join(", "))
}

/// Folds a line that is too long; what follows stands further right.
fn fold(line: &str) -> String {
    let mut folded = String::new();
    let mut column = 0_usize;
    for character in line.chars() {
        if column == WIDTH {
            folded.push_str("\n        ");
            column = 8;
        }
        folded.push(character);
        column = column.saturating_add(1);
    }
    folded
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_fit_and_nothing_is_lost() {
        let value = json!({
            "Key": {"KeyArn": "a".repeat(90), "Flags": {"Encrypt": true, "Decrypt": false}},
            "WrappedKey": {"KeyMaterial": "D".repeat(144)},
        });
        let text = json(&value);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        let squeezed = |text: &str| text.replace([' ', '\n'], "");
        assert_eq!(squeezed(&text), squeezed(&value.to_string()));
    }
}
