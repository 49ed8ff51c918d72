//! Changes to JSON and to text that follow from a seed.

use serde_json::{Map, Value, json};

/// Numbers that follow from a seed, by the mixing function of SplitMix64.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or_default()
    }

    pub(crate) fn one_of<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(self.below(choices.len()))
    }
}

/// Changes one thing in a tree: a value, a name, or what is there at all.
pub(crate) fn change(value: &mut Value, pool: &[String], random: &mut Seeded) {
    match value {
        Value::Object(members) if !members.is_empty() && random.below(8) > 0 => {
            change_member(members, pool, random);
        }
        Value::Array(elements) if !elements.is_empty() && random.below(4) > 0 => {
            let place = random.below(elements.len());
            match (random.below(4), elements.get(place).cloned()) {
                (0, Some(element)) => {
                    elements.extend(std::iter::repeat_n(element, random.below(250)));
                }
                (1, _) => drop(elements.remove(place)),
                _ => elements.iter_mut().skip(place).take(1).for_each(|it| {
                    change(it, pool, random);
                }),
            }
        }
        Value::String(text) if random.below(4) > 0 => change_text(text, random),
        other => *other = any(pool, random, 2),
    }
}

fn change_member(members: &mut Map<String, Value>, pool: &[String], random: &mut Seeded) {
    let names: Vec<String> = members.keys().cloned().collect();
    let Some(name) = random.one_of(&names) else { return };
    match random.below(12) {
        0 => drop(members.remove(name)),
        1 => {
            let mut other = name.clone();
            change_text(&mut other, random);
            let value = members.remove(name).unwrap_or(Value::Null);
            members.insert(other, value);
        }
        2 => {
            let other = random.one_of(&names).and_then(|other| members.get(other)).cloned();
            members.insert(name.clone(), other.unwrap_or(Value::Null));
        }
        3 => {
            let other = random.one_of(pool).cloned().unwrap_or_default();
            members.insert(other, any(pool, random, 1));
        }
        _ => members.get_mut(name).into_iter().for_each(|it| change(it, pool, random)),
    }
}

fn change_text(text: &mut String, random: &mut Seeded) {
    let mut characters: Vec<char> = text.chars().collect();
    let place = random.below(characters.len());
    let other = random.one_of(&['0', 'F', 'g', '/', '-', ' ', '\0', '\u{7F}', 'é', '\u{1F511}']);
    let other = other.copied().unwrap_or('0');
    match random.below(7) {
        0 => characters.truncate(place),
        1 => characters.insert(place, other),
        2 if place < characters.len() => drop(characters.remove(place)),
        3 => characters.extend(characters.clone()),
        4 => characters.iter_mut().skip(place).take(1).for_each(|it| {
            *it = if it.is_ascii_uppercase() {
                it.to_ascii_lowercase()
            } else {
                it.to_ascii_uppercase()
            };
        }),
        5 => characters.iter_mut().skip(place).take(1).for_each(|it| {
            // Another digit where a digit stands, so that the form stays good.
            let digit = u32::try_from(random.below(16)).unwrap_or_default();
            *it = char::from_digit(digit, 16).unwrap_or('0').to_ascii_uppercase();
        }),
        _ => characters.iter_mut().skip(place).take(1).for_each(|it| *it = other),
    }
    *text = characters.into_iter().collect();
}

/// Any value, of some depth.
pub(crate) fn any(pool: &[String], random: &mut Seeded, depth: usize) -> Value {
    match random.below(if depth == 0 { 7 } else { 10 }) {
        0 => Value::Null,
        1 => json!(random.next().is_multiple_of(2)),
        2 => json!(i64::from_le_bytes(random.next().to_le_bytes())),
        3 => json!(random.below(300)),
        4 => json!(1e300),
        5 => json!("x".repeat(random.below(20_000))),
        6 => json!(random.one_of(pool)),
        7 => (0..random.below(4)).map(|_| any(pool, random, depth - 1)).collect(),
        _ => {
            let mut members = Map::new();
            for _ in 0..random.below(6) {
                let name = random.one_of(pool).cloned().unwrap_or_default();
                members.insert(name, any(pool, random, depth - 1));
            }
            Value::Object(members)
        }
    }
}

/// Changes bytes, so that what comes may be no JSON, or JSON with a member twice.
pub(crate) fn change_bytes(bytes: &mut Vec<u8>, random: &mut Seeded) {
    let (from, to) = (random.below(bytes.len()), random.below(bytes.len()));
    let (from, to) = (from.min(to), from.max(to));
    match random.below(4) {
        0 => bytes.truncate(from),
        1 => drop(bytes.drain(from..to)),
        2 => {
            let part: Vec<u8> = bytes.iter().copied().skip(from).take(to - from).collect();
            bytes.splice(from..from, part).for_each(drop);
        }
        _ => {
            let [byte, ..] = random.next().to_le_bytes();
            bytes.iter_mut().skip(from).take(1).for_each(|it| *it = byte);
        }
    }
}
