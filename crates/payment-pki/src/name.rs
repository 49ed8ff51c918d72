//! Distinguished names, written.

use alloc::vec::Vec;

use spki::der::Tag;

use crate::Error;
use crate::writer::{element, identifier, sequence};

/// A part of a distinguished name.
///
/// Standard: RFC 5280, 4.1.2.4 and appendix A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameAttribute {
    /// C: two letters.
    Country,
    /// ST: up to 128 characters.
    StateOrProvince,
    /// L: up to 128 characters.
    Locality,
    /// O: up to 64 characters.
    Organization,
    /// OU: up to 64 characters.
    OrganizationalUnit,
    /// CN: up to 64 characters.
    CommonName,
    /// serialNumber: up to 64 letters and digits.
    SerialNumber,
    /// emailAddress: up to 128 characters of ASCII.
    EmailAddress,
}

impl NameAttribute {
    /// The object identifier, the kind of text, and the greatest length in characters.
    const fn row(self) -> (&'static [u8], Tag, usize) {
        match self {
            Self::CommonName => (&[0x55, 4, 3], Tag::Utf8String, 64),
            Self::SerialNumber => (&[0x55, 4, 5], Tag::PrintableString, 64),
            Self::Country => (&[0x55, 4, 6], Tag::PrintableString, 2),
            Self::Locality => (&[0x55, 4, 7], Tag::Utf8String, 128),
            Self::StateOrProvince => (&[0x55, 4, 8], Tag::Utf8String, 128),
            Self::Organization => (&[0x55, 4, 10], Tag::Utf8String, 64),
            Self::OrganizationalUnit => (&[0x55, 4, 11], Tag::Utf8String, 64),
            Self::EmailAddress => {
                (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x01], Tag::Ia5String, 128)
            }
        }
    }

    fn allows(self, text: &str) -> bool {
        let (_, kind, longest) = self.row();
        let length = text.chars().count();
        let fits = match self {
            Self::Country => length == longest && text.bytes().all(|it| it.is_ascii_uppercase()),
            _ => (1..=longest).contains(&length),
        };
        let has_characters = match kind {
            Tag::PrintableString => text.bytes().all(|it| it.is_ascii_alphanumeric()),
            Tag::Ia5String => text.bytes().all(|it| it.is_ascii_graphic()),
            _ => !text.chars().any(char::is_control),
        };
        fits && has_characters
    }
}

/// A distinguished name, as it is written into certificates.
///
/// ```
/// use payment_pki::{Name, NameAttribute};
///
/// let name = Name::new(&[
///     (NameAttribute::Country, "DE"),
///     (NameAttribute::Organization, "Zahlungsbank Münster"),
///     (NameAttribute::CommonName, "Key Distribution Host 1"),
/// ])?;
/// assert_eq!(name.as_der().first(), Some(&0x30));
/// assert_eq!(Name::new(&[(NameAttribute::Country, "DEU")]).unwrap_err().code(), "Name");
/// # Ok::<(), payment_pki::Error>(())
/// ```
///
/// Standard: RFC 5280, 4.1.2.4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    der: Vec<u8>,
}

impl Name {
    /// A name of these parts, in their order.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] for the first part that is empty, too long, or has characters that it may
    /// not have; also if there is no part.
    pub fn new(parts: &[(NameAttribute, &str)]) -> Result<Self, Error> {
        if parts.is_empty() {
            return Err(Error::Name { attribute: NameAttribute::CommonName });
        }
        let mut relative = Vec::new();
        for &(attribute, text) in parts {
            if !attribute.allows(text) {
                return Err(Error::Name { attribute });
            }
            let (kind, text_kind, _) = attribute.row();
            let value = element(text_kind, &[text.as_bytes()]);
            let pair = sequence(&[&identifier(kind), &value]);
            relative.extend(element(Tag::Set, &[&pair]));
        }
        Ok(Self { der: sequence(&[&relative]) })
    }

    /// The name in DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }
}
