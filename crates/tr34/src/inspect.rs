//! A token of any kind, for who wants to know what it is.

use core::fmt;

use crate::{CtKdh, CtKrd, Error, Identity, KtKdh, RbtCa, RbtKdh, RtKrd, UbtCa, UbtKdh};

/// A token of whatever kind it is; nothing in it is verified.
///
/// It is shown line by line: the kind, who is named, the layout, and every finding with its place.
///
/// ```
/// use tr34::{Nonce, RtKrd, Token};
///
/// let der = RtKrd::new(Nonce::new(&[0xAB; 8])?).to_der();
/// let token = Token::parse(&der)?;
/// assert_eq!(token.kind(), "RT_KRD");
/// assert_eq!(token.to_string(), "RT_KRD\nnonce: ABABABABABABABAB\n");
/// # Ok::<(), tr34::Error>(())
/// ```
///
/// Standard: ASC X9 TR 34, annex B.
#[derive(Debug)]
#[non_exhaustive]
pub enum Token<'a> {
    /// The credential of a sender.
    CtKdh(CtKdh),
    /// The credential of a receiver.
    CtKrd(CtKrd),
    /// The random number of a receiver.
    RtKrd(RtKrd),
    /// A key.
    KtKdh(KtKdh<'a>),
    /// A sender lets a receiver go.
    UbtKdh(UbtKdh<'a>),
    /// An authority lets a receiver go.
    UbtCa(UbtCa<'a>),
    /// A sender hands a receiver over.
    RbtKdh(RbtKdh<'a>),
    /// An authority hands a receiver over.
    RbtCa(RbtCa<'a>),
}

impl<'a> Token<'a> {
    /// Reads a token of any kind in DER.
    ///
    /// # Errors
    ///
    /// Of the errors that the kinds have, the one furthest in: that of the kind which the token is
    /// most like.
    pub fn parse(der: &'a [u8]) -> Result<Self, Error> {
        type Parse<'a> = fn(&'a [u8]) -> Result<Token<'a>, Error>;
        let kinds: [Parse<'a>; 8] = [
            |der| RtKrd::parse(der).map(Token::RtKrd),
            |der| KtKdh::parse(der).map(Token::KtKdh),
            |der| CtKrd::parse(der).map(Token::CtKrd),
            |der| CtKdh::parse(der).map(Token::CtKdh),
            |der| UbtKdh::parse(der).map(Token::UbtKdh),
            |der| UbtCa::parse(der).map(Token::UbtCa),
            |der| RbtKdh::parse(der).map(Token::RbtKdh),
            |der| RbtCa::parse(der).map(Token::RbtCa),
        ];
        let mut furthest: Option<Error> = None;
        for parse in kinds {
            match parse(der) {
                Ok(token) => return Ok(token),
                Err(error) => {
                    // An error without a place comes after everything that was read.
                    let place = |error: &Error| error.offset().unwrap_or(usize::MAX);
                    if furthest.as_ref().is_none_or(|former| place(&error) > place(former)) {
                        furthest = Some(error);
                    }
                }
            }
        }
        Err(furthest.unwrap_or(Error::Malformed { at: 0 }))
    }

    /// The kind, as the standard names it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::CtKdh(_) => "CT_KDH",
            Self::CtKrd(_) => "CT_KRD",
            Self::RtKrd(_) => "RT_KRD",
            Self::KtKdh(_) => "KT_KDH",
            Self::UbtKdh(_) => "UBT_KDH",
            Self::UbtCa(_) => "UBT_CA",
            Self::RbtKdh(_) => "RBT_KDH",
            Self::RbtCa(_) => "RBT_CA",
        }
    }
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.kind())?;
        match self {
            Self::RtKrd(token) => {
                writeln!(formatter, "nonce: {}", Hex(token.nonce().as_bytes()))
            }
            Self::CtKrd(token) => show(formatter, "receiver", &token.identity()),
            Self::CtKdh(token) => {
                show(formatter, "sender", &token.identity())?;
                let update = token.crl().this_update().seconds();
                writeln!(formatter, "revocation list: of {update} s after 1970")
            }
            Self::KtKdh(token) => show_key_token(formatter, token),
            Self::UbtKdh(token) => {
                show(formatter, "signer", token.unverified_signer())?;
                show(formatter, "receiver", token.unverified_receiver())?;
                writeln!(formatter, "nonce: {}", Hex(token.unverified_nonce()))
            }
            Self::UbtCa(token) => {
                show(formatter, "signer", token.unverified_signer())?;
                show(formatter, "receiver", token.unverified_receiver())?;
                show(formatter, "sender", token.unverified_sender())
            }
            Self::RbtKdh(token) => {
                show(formatter, "signer", token.unverified_signer())?;
                show(formatter, "receiver", token.unverified_receiver())?;
                show(formatter, "new sender", &Identity::of(token.unverified_new_sender()))?;
                writeln!(formatter, "nonce: {}", Hex(token.unverified_nonce()))
            }
            Self::RbtCa(token) => {
                show(formatter, "signer", token.unverified_signer())?;
                show(formatter, "receiver", token.unverified_receiver())?;
                show(formatter, "sender", token.unverified_sender())?;
                show(formatter, "new sender", &Identity::of(token.unverified_new_sender()))?;
                let time = token.unverified_signing_time().seconds();
                writeln!(formatter, "signed: {time} s after 1970")
            }
        }
    }
}

fn show_key_token(formatter: &mut fmt::Formatter<'_>, token: &KtKdh<'_>) -> fmt::Result {
    writeln!(formatter, "layout: {} ({:?})", token.layout().code(), token.layout())?;
    writeln!(formatter, "header: {}", token.unverified_header().text())?;
    show(formatter, "signer", token.unverified_signer())?;
    show(formatter, "recipient", token.unverified_recipient())?;
    writeln!(formatter, "content cipher: {:?}", token.content_cipher())?;
    writeln!(formatter, "OAEP: {:?}", token.oaep_scheme())?;
    if let Some(nonce) = token.unverified_nonce() {
        writeln!(formatter, "nonce: {}", Hex(nonce))?;
    }
    if let Some(time) = token.unverified_signing_time() {
        writeln!(formatter, "signed: {} s after 1970", time.seconds())?;
    }
    if let Some(crl) = token.crl() {
        writeln!(formatter, "revocation list: of {} s after 1970", crl.this_update().seconds())?;
    }
    for finding in token.findings() {
        writeln!(formatter, "finding: {finding:?}")?;
    }
    Ok(())
}

fn show(formatter: &mut fmt::Formatter<'_>, who: &str, identity: &Identity) -> fmt::Result {
    let (serial, issuer) = (Hex(identity.serial_number()), Hex(identity.issuer_der()));
    writeln!(formatter, "{who}: serial number {serial}, issuer {issuer}")
}

/// Bytes as hex digits.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02X}"))
    }
}
