//! What a certificate is trusted for: roles are types, so that one cannot stand for another.

use crate::KeyUsage;

mod sealed {
    pub trait Sealed {}
}

/// A role of a certificate. There are no others than those of this module.
pub trait Role: sealed::Sealed + 'static {
    /// Whether who has it signs certificates of others.
    const IS_AUTHORITY: bool;

    /// Whether a key usage allows what the role does.
    fn is_allowed_by(usage: KeyUsage) -> bool;
}

macro_rules! roles {
    ($($(#[$meta:meta])* $name:ident: $authority:literal, $usage:ident;)+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            #[expect(clippy::exhaustive_enums, reason = "a mark of a type, which has no values")]
            pub enum $name {}

            impl sealed::Sealed for $name {}

            impl Role for $name {
                const IS_AUTHORITY: bool = $authority;

                fn is_allowed_by(usage: KeyUsage) -> bool {
                    usage.$usage()
                }
            }
        )+
    };
}

roles! {
    /// A key distribution host, which signs the tokens of TR-34.
    Kdh: false, digital_signature;
    /// A key receiving device, under whose key keys are encrypted.
    Krd: false, key_encipherment;
    /// The authority of key distribution hosts.
    KdhAuthority: true, key_cert_sign;
    /// The authority of key receiving devices.
    KrdAuthority: true, key_cert_sign;
    /// The other end of a key agreement.
    EcdhPeer: false, key_agreement;
    /// Who signs anything else.
    Signer: false, digital_signature;
}
