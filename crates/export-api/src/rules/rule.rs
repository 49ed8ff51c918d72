//! Every rule a request can break, with the sentence that says so.

mod sentence;

use key_types::{Exportability, KeyAlgorithm, KeyUsage, ModeOfUse};

use crate::key::{KeyCheckValueAlgorithm, KeyClass, KeyState};

/// A rule of the API, as far as a caller can break it.
///
/// The sentence never repeats what the caller sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// A required member is absent.
    Required,
    /// The structure has no such member.
    UnknownMember,
    /// The member has another JSON type.
    Type {
        /// What it must be.
        expected: &'static str,
    },
    /// A text or list of the wrong length.
    Length {
        /// The least length.
        least: usize,
        /// The greatest length.
        most: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// A number outside its range.
    Range {
        /// The least value.
        least: u64,
        /// The greatest value.
        most: u64,
    },
    /// A text that does not match its pattern as a whole.
    Pattern {
        /// The pattern.
        pattern: &'static str,
    },
    /// A name that is not in the list.
    OneOf {
        /// The list.
        names: Vec<&'static str>,
    },
    /// A union with no member or more than one.
    Union {
        /// The members to choose from.
        members: &'static [&'static str],
        /// How many were given.
        found: usize,
    },
    /// The same label twice in one request.
    RepeatedTag,
    /// A continuation token that this endpoint did not give.
    Token,
    /// A member of the API that this endpoint does not offer.
    NotOffered {
        /// What is offered instead.
        offered: &'static str,
    },
    /// The usage does not go with the class.
    UsageForClass {
        /// The class.
        class: KeyClass,
    },
    /// The algorithm does not go with the usage.
    AlgorithmForUsage {
        /// The usage.
        usage: KeyUsage,
        /// The algorithms that do.
        allowed: &'static [KeyAlgorithm],
    },
    /// The flags together make no mode of use.
    ModeFlags,
    /// The mode of use does not go with the usage.
    ModeForUsage {
        /// The usage.
        usage: KeyUsage,
        /// The modes that do.
        allowed: &'static [ModeOfUse],
    },
    /// The check value method does not go with the algorithm.
    CheckValueMethod {
        /// The method.
        method: KeyCheckValueAlgorithm,
        /// The algorithm.
        algorithm: KeyAlgorithm,
    },
    /// Derivation usage for a key that derives nothing by itself.
    DeriveKeyUsage,
    /// The alias exists already.
    AliasTaken,
    /// The key is not enabled.
    Disabled,
    /// The key is not in the state that the operation needs.
    KeyState {
        /// The state it is in.
        found: KeyState,
        /// The state it must be in.
        needed: KeyState,
    },
    /// Only symmetric keys leave.
    NotSymmetric {
        /// The class of the key that was named.
        found: KeyClass,
    },
    /// The key was made not exportable.
    NotExportable,
    /// The wrapping key is not for wrapping keys.
    WrappingUsage {
        /// What it is for.
        found: KeyUsage,
    },
    /// The wrapping key may not encrypt and wrap.
    WrappingMode {
        /// What it may do.
        found: ModeOfUse,
    },
    /// The wrapping key may not decrypt and unwrap.
    UnwrappingMode {
        /// What it may do.
        found: ModeOfUse,
    },
    /// The wrapping key is weaker than the key.
    WrappingStrength {
        /// The algorithm of the key.
        key: KeyAlgorithm,
        /// The algorithm of the wrapping key.
        wrapping: KeyAlgorithm,
        /// The wrapping algorithms that are strong enough.
        allowed: &'static [KeyAlgorithm],
    },
    /// A mode of use that allows more than the key's own.
    WiderMode {
        /// The key's own.
        own: ModeOfUse,
    },
    /// An exportability that allows more than the key's own.
    WiderExportability {
        /// The key's own.
        own: Exportability,
    },
    /// An optional block that the endpoint writes itself.
    ReservedBlock,
    /// An optional block whose content the key block format refuses.
    BlockContent {
        /// The stable code of the key block crate's error.
        code: &'static str,
    },
    /// The optional blocks together are too long.
    BlocksTooLong {
        /// How many characters there are, with 4 for each block's id and length.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// An initial key is derived from a base derivation key only.
    InitialKeyUsage {
        /// The usage of the key that was named.
        found: KeyUsage,
    },
    /// DUKPT has no base derivation key of this algorithm.
    InitialKeyAlgorithm {
        /// The algorithm of the key that was named.
        found: KeyAlgorithm,
    },
    /// The key serial number has the length of the other scheme.
    SerialNumberLength {
        /// The algorithm of the base derivation key.
        algorithm: KeyAlgorithm,
        /// The number of hex digits it asks for.
        digits: usize,
    },
    /// A certificate that cannot be read, or that nobody trusted here has issued.
    Certificate {
        /// What is wrong with it.
        error: payment_pki::Error,
    },
    /// A root signs its own certificate.
    NotSelfSigned,
    /// The public key in a certificate is of another algorithm than the one stated.
    CertificateAlgorithm {
        /// What was stated.
        stated: KeyAlgorithm,
    },
    /// A certificate authority is named by its imported public key.
    NotAnAuthority,
    /// The receiver's public key is not one that keys may go under.
    ReceiverKey {
        /// The stable code of the error.
        code: &'static str,
    },
    /// No RSA key carries the key, or none of this size.
    ReceiverStrength {
        /// The algorithm of the key.
        key: KeyAlgorithm,
        /// The algorithm of the receiver's key.
        receiver: KeyAlgorithm,
        /// The algorithms of receivers that are strong enough.
        allowed: Vec<KeyAlgorithm>,
    },
    /// A TR-34 export names a token, or a signing key with its certificate.
    SignerUnclear,
    /// An export token that this endpoint did not give, or that has ended.
    ExportToken,
    /// Only a key pair signs.
    NotAPair,
    /// The key pair is not for what it is to do.
    SigningUsage {
        /// What it is for.
        found: KeyUsage,
    },
    /// The key pair may not sign.
    SigningMode {
        /// What it may do.
        found: ModeOfUse,
    },
    /// The certificate is not that of the key pair.
    CertificateOfOtherKey,
    /// The receiver has the key that the token is signed with.
    ReceiverIsSigner,
    /// The certificate of the signing key cannot be used for it.
    SigningCertificate {
        /// The stable code of the error.
        code: &'static str,
    },
    /// A key block that is not in the form of one.
    KeyBlock {
        /// The stable code of the key block crate's error.
        code: &'static str,
    },
    /// A key block that does not open under the wrapping key.
    KeyBlockRefused,
    /// A key whose usage the API has no name for.
    UsageWithoutName {
        /// The two characters of the usage.
        code: String,
    },
    /// A key whose mode of use the API has no flags for.
    ModeWithoutFlags,
    /// A key of no algorithm that the API has.
    NoAlgorithm,
    /// The key that came is not of the algorithm that was stated.
    ActualAlgorithm {
        /// What was stated.
        stated: KeyAlgorithm,
    },
    /// A cryptogram that does not decrypt.
    CryptogramRefused,
    /// An import token that this endpoint did not give for this, or that has ended.
    ImportToken,
    /// A TR-34 import names a token, or a wrapping key with its certificate.
    WrapperUnclear,
    /// The key pair is not for receiving keys.
    ReceivingUsage {
        /// What it is for.
        found: KeyUsage,
    },
    /// The key pair may not decrypt.
    ReceivingMode {
        /// What it may do.
        found: ModeOfUse,
    },
    /// A TR-34 key token that is not in the form of one, or not taken.
    KeyToken {
        /// The stable code of the error.
        code: &'static str,
    },
    /// A TR-34 key token whose signature holds and that does not open.
    KeyTokenRefused,
    /// A TR-34 key token that was taken before.
    KeyTokenTaken,
    /// A layout of TR-34 key tokens that the endpoint was not told to take.
    LayoutNotAllowed {
        /// The letter of the layout.
        found: char,
    },
    /// The endpoint does not hand out keys in this form.
    SwitchedOff,
    /// A part of a distinguished name that is not as names are.
    Name,
    /// Keys of this class have no certificate.
    NoCertificate {
        /// The class.
        class: KeyClass,
    },
    /// Too many labels on one key.
    TooManyTags {
        /// How many there may be.
        most: usize,
    },
}
