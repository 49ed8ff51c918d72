//! Exportability, header byte 11.

use crate::code_table::code_table;

code_table! {
    /// Whether the receiver of a key may send it on: one character of the key block header.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.1, table 5.
    pub enum Exportability: u8 {
        /// `E`: exportable under a key encryption key, in a trusted key block.
        Exportable = b'E',
        /// `N`: not exportable by the receiver.
        NonExportable = b'N',
        /// `S`: sensitive, exportable in other forms too.
        Sensitive = b'S',
    }
}
