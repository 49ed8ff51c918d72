//! One table per code: the enum, its code and the way back come from the same rows.

/// Declares an enum whose variants each stand for one code of a standard.
///
/// Every row is a variant and its code; `code` and `from_code` both read that row, so the two
/// directions cannot disagree.
macro_rules! code_table {
    (
        $(#[$meta:meta])*
        pub enum $name:ident: $code:ty {
            $($(#[$row_meta:meta])* $variant:ident = $value:tt,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$row_meta])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of the standard's table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it is written.
            #[must_use]
            pub const fn code(self) -> $code {
                match self {
                    $(Self::$variant => $value,)+
                }
            }

            /// The value that a code stands for, or `None` for an unknown code.
            #[must_use]
            pub fn from_code(code: $code) -> Option<Self> {
                match code {
                    $($value => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use code_table;
