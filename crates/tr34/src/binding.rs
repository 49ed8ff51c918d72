//! What a receiver remembers between tokens.

use alloc::vec::Vec;

use payment_pki::{Certificate, Crl, UnixTime};
use rand_core::TryCryptoRng;
use sha2::{Digest, Sha256};

use crate::{Error, Nonce, RtKrd};

/// What a receiver remembers: its sender, the nonce it waits for, and what it has accepted.
///
/// It changes only with a token that was verified; whoever keeps it writes it down before the key
/// of that token is used.
///
/// ```
/// use getrandom::SysRng;
/// use tr34::Binding;
///
/// let mut binding = Binding::unbound();
/// let request = binding.request_token(&mut SysRng)?;
/// assert_eq!(request.nonce().as_bytes(), binding.outstanding_nonce().unwrap().as_bytes());
/// assert!(binding.sender().is_none());
/// # Ok::<(), tr34::Error>(())
/// ```
///
/// Standard: ASC X9 TR 34, 5.
#[derive(Debug, Default)]
pub struct Binding {
    sender: Option<Certificate>,
    outstanding: Option<Nonce>,
    last_time: Option<UnixTime>,
    last_crl: Option<CrlMark>,
    authority_tokens: Vec<[u8; 32]>,
    last_authority_time: Option<UnixTime>,
}

/// How new a revocation list is.
///
/// Standard: RFC 5280, 5.1.2.4 and 5.2.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlMark {
    /// The name of the issuer in DER: numbers of different issuers say nothing to each other.
    issuer: Vec<u8>,
    number: Option<Vec<u8>>,
    this_update: UnixTime,
}

impl CrlMark {
    /// The mark of a list.
    #[must_use]
    pub fn of(crl: &Crl) -> Self {
        Self {
            issuer: crl.issuer_der().to_vec(),
            number: crl.number().map(<[u8]>::to_vec),
            this_update: crl.this_update(),
        }
    }

    /// Whether this list is older than another of the same issuer: by number where both have one,
    /// else by time.
    fn is_older_than(&self, other: &Self) -> bool {
        if self.issuer != other.issuer {
            return false;
        }
        let by_number = |number: &Vec<u8>| (number.len(), number.clone());
        match (&self.number, &other.number) {
            (Some(mine), Some(others)) => by_number(mine) < by_number(others),
            _ => self.this_update < other.this_update,
        }
    }
}

impl Binding {
    /// The state of a new receiver.
    #[must_use]
    pub fn unbound() -> Self {
        Self::default()
    }

    /// The state of a receiver that was bound to a sender before.
    #[must_use]
    pub fn to(sender: Certificate) -> Self {
        Self { sender: Some(sender), ..Self::default() }
    }

    /// The same state, waiting for a nonce.
    #[must_use]
    pub fn with_outstanding_nonce(self, nonce: Nonce) -> Self {
        Self { outstanding: Some(nonce), ..self }
    }

    /// The same state, after a one-pass token that was signed at a time.
    #[must_use]
    pub fn with_last_accepted_time(self, time: UnixTime) -> Self {
        Self { last_time: Some(time), ..self }
    }

    /// The same state, after a revocation list.
    #[must_use]
    pub fn with_last_crl(self, crl: CrlMark) -> Self {
        Self { last_crl: Some(crl), ..self }
    }

    /// The same state, after tokens of the authority of receivers: the SHA-256 hashes of those
    /// that unbound, and the time of the last one that rebound.
    #[must_use]
    pub fn with_authority_tokens(self, tokens: Vec<[u8; 32]>, last: Option<UnixTime>) -> Self {
        Self { authority_tokens: tokens, last_authority_time: last, ..self }
    }

    /// Draws a nonce and waits for it; gives the token that asks a sender for a key.
    ///
    /// A nonce that was outstanding is forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::RandomnessFailed`].
    pub fn request_token<R: TryCryptoRng + ?Sized>(
        &mut self,
        random: &mut R,
    ) -> Result<RtKrd, Error> {
        let nonce = Nonce::random(random)?;
        let sent = Nonce::new(nonce.as_bytes())?;
        self.outstanding = Some(nonce);
        Ok(RtKrd::new(sent))
    }

    /// The certificate of the sender, or `None` if the receiver is not bound.
    #[must_use]
    pub const fn sender(&self) -> Option<&Certificate> {
        self.sender.as_ref()
    }

    /// The nonce that the receiver waits for.
    #[must_use]
    pub const fn outstanding_nonce(&self) -> Option<&Nonce> {
        self.outstanding.as_ref()
    }

    /// When the last one-pass token that was accepted was signed.
    #[must_use]
    pub const fn last_accepted_time(&self) -> Option<UnixTime> {
        self.last_time
    }

    /// The newest revocation list that was seen.
    #[must_use]
    pub const fn last_crl(&self) -> Option<&CrlMark> {
        self.last_crl.as_ref()
    }

    /// The SHA-256 hashes of tokens of the authority of receivers that unbound.
    #[must_use]
    pub fn authority_tokens(&self) -> &[[u8; 32]] {
        &self.authority_tokens
    }

    /// The time of the last token of the authority of receivers that rebound.
    #[must_use]
    pub const fn last_authority_time(&self) -> Option<UnixTime> {
        self.last_authority_time
    }

    pub(crate) fn bind(&mut self, sender: Certificate) {
        self.sender = Some(sender);
    }

    pub(crate) fn unbind(&mut self) {
        self.sender = None;
    }

    /// Checks that a list is not older than the newest that was seen.
    pub(crate) fn check_crl(&self, crl: Option<&Crl>) -> Result<(), Error> {
        match (crl.map(CrlMark::of), &self.last_crl) {
            (Some(mark), Some(last)) if mark.is_older_than(last) => Err(Error::CrlRollback),
            _ => Ok(()),
        }
    }

    pub(crate) fn remember_crl(&mut self, crl: Option<&Crl>) {
        if let Some(crl) = crl {
            self.last_crl = Some(CrlMark::of(crl));
        }
    }

    pub(crate) fn check_nonce(&self, found: &[u8]) -> Result<(), Error> {
        let is_expected = self.outstanding.as_ref().is_some_and(|nonce| nonce.is(found));
        if is_expected { Ok(()) } else { Err(Error::NonceMismatch) }
    }

    pub(crate) fn consume_nonce(&mut self) {
        self.outstanding = None;
    }

    pub(crate) fn remember_time(&mut self, time: UnixTime) {
        self.last_time = Some(time);
    }

    pub(crate) fn remember_authority_time(&mut self, time: UnixTime) {
        self.last_authority_time = Some(time);
    }

    /// Remembers what a token without time said, or refuses it if it was said before.
    pub(crate) fn check_authority_token(&self, content: &[u8]) -> Result<[u8; 32], Error> {
        let hash = Sha256::digest(content).into();
        if self.authority_tokens.contains(&hash) { Err(Error::Replayed) } else { Ok(hash) }
    }

    pub(crate) fn remember_authority_token(&mut self, hash: [u8; 32]) {
        self.authority_tokens.push(hash);
    }
}
