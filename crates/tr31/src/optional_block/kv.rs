//! KV: the version of the field values, deprecated.

use super::fields::Fields;

/// Two characters of version and two that are reserved, alphanumeric all.
pub(super) fn check(data: &str) -> Result<(), usize> {
    let mut fields = Fields::new(data);
    for _ in 0..4 {
        fields.code(|[character]: [u8; 1]| character.is_ascii_alphanumeric().then_some(()))?;
    }
    fields.end()
}
