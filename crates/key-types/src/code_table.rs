//! One table per code: the enum, its code and the way back come from the same rows.

/// Declares an enum whose variants each stand for one code of a standard.
///
/// Every row is a variant and its code; `code` and `from_code` both read that row, so the two
/// directions cannot disagree.
macro_rules! code_table {
    // A text is read from any text, not only from one that lives for ever.
    ($(#[$meta:meta])* pub enum $name:ident: &'static str { $($rows:tt)+ }) => {
        $crate::code_table::code_table! {
            $(#[$meta])* pub enum $name: &'static str, read from &str { $($rows)+ }
        }
    };
    ($(#[$meta:meta])* pub enum $name:ident: $code:ty { $($rows:tt)+ }) => {
        $crate::code_table::code_table! {
            $(#[$meta])* pub enum $name: $code, read from $code { $($rows)+ }
        }
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident: $code:ty, read from $text:ty {
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
            pub fn from_code(code: $text) -> Option<Self> {
                match code {
                    $($value => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use code_table;
