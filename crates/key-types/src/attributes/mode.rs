//! Mode of use, header byte 8.

use crate::code_table::code_table;

code_table! {
    /// Which operations a key may perform: one character of the key block header.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.1, table 4; TR-31:2018 (`T`).
    pub enum ModeOfUse: u8 {
        /// `B`: encrypt and wrap, decrypt and unwrap.
        EncryptDecrypt = b'B',
        /// `C`: generate and verify.
        GenerateVerify = b'C',
        /// `D`: decrypt and unwrap only.
        Decrypt = b'D',
        /// `E`: encrypt and wrap only.
        Encrypt = b'E',
        /// `G`: generate only.
        Generate = b'G',
        /// `N`: no special restriction.
        NoRestriction = b'N',
        /// `S`: sign only.
        Sign = b'S',
        /// `T`: sign and decrypt.
        SignDecrypt = b'T',
        /// `V`: verify only.
        Verify = b'V',
        /// `X`: derive other keys.
        Derive = b'X',
        /// `Y`: create key variants.
        CreateVariants = b'Y',
    }
}
