//! Going over to another sender, or to none.

use payment_pki::{Certificate, Crl, UnixTime};

use super::Krd;
use crate::signed_data::SignedData;
use crate::{Binding, Error, Identity, RbtCa, RbtKdh, UbtCa, UbtKdh};

impl Krd {
    /// Lets go of the sender, which asks for it.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), as far as the token has what is checked. Then the binding is
    /// as before.
    pub fn unbind(
        &self,
        binding: &mut Binding,
        token: &UbtKdh<'_>,
        at: UnixTime,
    ) -> Result<(), Error> {
        self.check_by_sender(binding, &token.signed, token.crl(), at)?;
        self.check_own(token.unverified_receiver())?;
        binding.check_nonce(token.unverified_nonce())?;
        binding.consume_nonce();
        binding.remember_crl(token.crl());
        binding.unbind();
        Ok(())
    }

    /// Goes over to another sender, as the one so far asks for.
    ///
    /// # Errors
    ///
    /// As [`unbind`](Self::unbind), and those of [`bind`](Self::bind) for the new sender.
    pub fn rebind(
        &self,
        binding: &mut Binding,
        token: &RbtKdh<'_>,
        at: UnixTime,
    ) -> Result<(), Error> {
        self.check_by_sender(binding, &token.signed, token.crl(), at)?;
        self.check_own(token.unverified_receiver())?;
        binding.check_nonce(token.unverified_nonce())?;
        let new_sender = token.unverified_new_sender();
        self.check_new_sender(binding, new_sender, token.crl(), at)?;
        binding.consume_nonce();
        binding.remember_crl(token.crl());
        binding.bind(new_sender.clone());
        Ok(())
    }

    /// Lets go of the sender, as the authority of this device asks for.
    ///
    /// Such a token has no time and no nonce: each is accepted once, so one that was accepted
    /// unbinds from the same sender never again.
    ///
    /// # Errors
    ///
    /// [`Error::NotBound`], [`Error::SignerMismatch`], also if this device knows no authority,
    /// [`Error::CertificateNotValid`], [`Error::SignatureInvalid`] and the others of a signature,
    /// [`Error::RecipientMismatch`], [`Error::SenderMismatch`], [`Error::Replayed`].
    pub fn unbind_by_authority(
        &self,
        binding: &mut Binding,
        token: &UbtCa<'_>,
        at: UnixTime,
    ) -> Result<(), Error> {
        self.check_by_authority(&token.signed, at)?;
        self.check_own(token.unverified_receiver())?;
        let hash = binding.check_authority_token(token.signed.content()?.contents)?;
        check_bound(binding, token.unverified_sender())?;
        binding.remember_authority_token(hash);
        binding.unbind();
        Ok(())
    }

    /// Goes over to another sender, as the authority of this device asks for.
    ///
    /// # Errors
    ///
    /// As [`unbind_by_authority`](Self::unbind_by_authority), with [`Error::TimeNotFresh`] unless
    /// the token was signed after the last one that was accepted, and those of
    /// [`bind`](Self::bind) for the new sender.
    pub fn rebind_by_authority(
        &self,
        binding: &mut Binding,
        token: &RbtCa<'_>,
        at: UnixTime,
    ) -> Result<(), Error> {
        self.check_by_authority(&token.signed, at)?;
        self.check_own(token.unverified_receiver())?;
        check_bound(binding, token.unverified_sender())?;
        let time = token.unverified_signing_time();
        self.check_time(time, at)?;
        if binding.last_authority_time().is_some_and(|last| time <= last) {
            return Err(Error::TimeNotFresh);
        }
        let new_sender = token.unverified_new_sender();
        self.check_new_sender(binding, new_sender, None, at)?;
        binding.remember_authority_time(time);
        binding.bind(new_sender.clone());
        Ok(())
    }

    /// Checks that the bound sender has signed.
    fn check_by_sender(
        &self,
        binding: &Binding,
        signed: &SignedData<'_>,
        crl: Option<&Crl>,
        at: UnixTime,
    ) -> Result<(), Error> {
        let sender = binding.sender().ok_or(Error::NotBound)?;
        if signed.signer()?.identity != Identity::of(sender) {
            return Err(Error::SignerMismatch);
        }
        self.check_sender(binding, sender, crl, at)?;
        signed.verify(sender)
    }

    /// Checks that the authority of this device has signed.
    fn check_by_authority(&self, signed: &SignedData<'_>, at: UnixTime) -> Result<(), Error> {
        let authority = self.authority.as_ref().ok_or(Error::SignerMismatch)?;
        if at < authority.not_before() || at > authority.not_after() {
            return Err(Error::CertificateNotValid);
        }
        signed.verify(authority)
    }

    /// Checks the sender to go over to; a list of another authority than its own says nothing of
    /// it.
    fn check_new_sender(
        &self,
        binding: &Binding,
        sender: &Certificate,
        crl: Option<&Crl>,
        at: UnixTime,
    ) -> Result<(), Error> {
        let crl = crl.filter(|crl| crl.issuer_der() == sender.issuer_der());
        self.check_sender(binding, sender, crl, at).map(drop)
    }

    fn check_own(&self, receiver: &Identity) -> Result<(), Error> {
        if *receiver == self.identity { Ok(()) } else { Err(Error::RecipientMismatch) }
    }
}

fn check_bound(binding: &Binding, sender: &Identity) -> Result<(), Error> {
    let bound = binding.sender().ok_or(Error::NotBound)?;
    if *sender == Identity::of(bound) { Ok(()) } else { Err(Error::SenderMismatch) }
}
