//! Looks for secrets, whole or in part, in every form in which they could lie about.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use base64ct::{Base64, Encoding};

/// So many bytes of a secret are a find.
const PART: usize = 8;
/// So many bytes are a whole number of digits in base64.
const BASE64_PART: usize = 9;
/// No form of a part is longer.
const LONGEST: usize = 2 * PART;
/// What pages hold that nothing was written to.
const ZEROS: [u8; 4096] = [0; 4096];

/// How a secret is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Raw,
    /// The last byte first, as libraries hold long numbers.
    Backwards,
    UpperHex,
    LowerHex,
    Base64,
}

pub(crate) const FORMS: &[Form] =
    &[Form::Raw, Form::Backwards, Form::UpperHex, Form::LowerHex, Form::Base64];

impl Form {
    /// What bytes look like in this form.
    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Raw => bytes.to_vec(),
            Self::Backwards => bytes.iter().rev().copied().collect(),
            Self::UpperHex => base16ct::upper::encode_string(bytes).into_bytes(),
            Self::LowerHex => base16ct::lower::encode_string(bytes).into_bytes(),
            Self::Base64 => Base64::encode_string(bytes).into_bytes(),
        }
    }
}

/// A part of a secret that was found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Find<'a> {
    pub(crate) secret: &'a str,
    pub(crate) form: Form,
    pub(crate) offset: usize,
}

impl fmt::Debug for Find<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} as {:?} at {:#x}", self.secret, self.form, self.offset)
    }
}

/// What a part looks like, of which secret, in which form.
type Look = (Vec<u8>, usize, Form);

/// Knows secrets by name.
pub(crate) struct Scanner {
    names: Vec<String>,
    /// What parts look like, by their first eight bytes.
    looks: HashMap<[u8; 8], Vec<Look>>,
    /// Which pairs of bytes a part begins with: most of what is scanned ends here.
    beginnings: Vec<bool>,
}

impl Scanner {
    pub(crate) fn new() -> Self {
        Self { names: Vec::new(), looks: HashMap::new(), beginnings: vec![false; 1 << 16] }
    }

    /// Looks from now on for every eight bytes of one more secret.
    pub(crate) fn add(&mut self, name: &str, secret: &[u8]) {
        self.add_parts(name, secret, 1);
    }

    /// Looks from now on for every fifteen bytes of one more secret, which is longer than keys of
    /// ciphers.
    pub(crate) fn add_long(&mut self, name: &str, secret: &[u8]) {
        self.add_parts(name, secret, PART);
    }

    fn add_parts(&mut self, name: &str, secret: &[u8], step: usize) {
        let secret_number = self.names.len();
        self.names.push(name.to_owned());
        for &form in FORMS {
            let length = if form == Form::Base64 { BASE64_PART } else { PART };
            assert!(secret.len() >= length, "{name} is too short to be told from chance");
            for part in secret.windows(length).step_by(step) {
                let look = form.of(part);
                self.beginnings[pair(look[0], look[1])] = true;
                let begin = *look.first_chunk().unwrap();
                self.looks.entry(begin).or_default().push((look, secret_number, form));
            }
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Everything that is found; what is found in one piece counts once.
    pub(crate) fn scan(&self, bytes: &[u8]) -> Vec<Find<'_>> {
        let mut found = Vec::new();
        let mut last = BTreeMap::new();
        for start in (0..bytes.len()).step_by(ZEROS.len()) {
            let page = &bytes[start..bytes.len().min(start + ZEROS.len())];
            if page == ZEROS {
                continue;
            }
            // Parts that begin here may end on the next page. Indices, because without optimisation
            // iterators take almost twice as long.
            let end = bytes.len().min(start + ZEROS.len() + 7);
            for offset in start..end.saturating_sub(7) {
                if !self.beginnings[pair(bytes[offset], bytes[offset + 1])] {
                    continue;
                }
                let begin = &bytes[offset..offset + 8];
                let looks = self.looks.get(begin).into_iter().flatten();
                let looks = looks.filter(|(look, ..)| bytes[offset..].starts_with(look));
                for (_, secret, form) in looks {
                    let before = last.insert((*secret, *form), offset);
                    if before.is_none_or(|before| offset - before > LONGEST) {
                        found.push(Find { secret: &self.names[*secret], form: *form, offset });
                    }
                }
            }
        }
        found
    }
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}
