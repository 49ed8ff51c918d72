//! Key context, header byte 14.

/// Whether a key block is for storage or for exchange: one character of the header.
///
/// Editions before ANSI X9.143 had a reserved `0` here, which reads as
/// [`StorageOrExchange`](Self::StorageOrExchange).
///
/// ```
/// use tr31::KeyContext;
///
/// assert_eq!(KeyContext::from_code(b'1'), Some(KeyContext::Storage));
/// assert_eq!(KeyContext::Exchange.code(), b'2');
/// assert_eq!(KeyContext::default(), KeyContext::StorageOrExchange);
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyContext {
    /// `0`: storage or exchange, as the wrapping key decides.
    #[default]
    StorageOrExchange,
    /// `1`: storage only.
    Storage,
    /// `2`: exchange only.
    Exchange,
}

impl KeyContext {
    /// Every value, in the order of the standard's table.
    pub const ALL: &'static [Self] = &[Self::StorageOrExchange, Self::Storage, Self::Exchange];

    /// The character in the header.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::StorageOrExchange => b'0',
            Self::Storage => b'1',
            Self::Exchange => b'2',
        }
    }

    /// The value that a character stands for, or `None` for any other character.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|context| context.code() == code)
    }
}
