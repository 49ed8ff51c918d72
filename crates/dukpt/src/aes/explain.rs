//! An AES derivation step by step.

use key_types::AlgorithmFamily;

use super::InitialKey;
use super::derivation_data::{DerivationData, Usage};
use super::transaction_key::step;
use crate::counter::prefixes;
use crate::explain::{Purpose, Step, StepKind};
use crate::{Error, WorkingKeyType};

impl InitialKey {
    /// Shows each step from this initial key to the working keys of `counter`, whether a device
    /// would use it or not, to answer which key the other side has.
    ///
    /// The input of each step is its derivation data, 16 bytes.
    ///
    /// ```
    /// use dukpt::WorkingKeyType;
    /// use dukpt::aes::Bdk;
    /// use key_types::SecretKey;
    ///
    /// let bdk = SecretKey::copied_from(b"\xFE\xDC\xBA\x98\x76\x54\x32\x10\xF1\xF1\xF1\xF1\xF1\xF1\xF1\xF1")?;
    /// let initial_key = Bdk::new(&bdk)?.initial_key(&"1234567890123456".parse()?);
    /// let mut lines = Vec::new();
    /// initial_key.explain(1, WorkingKeyType::Aes128, |step| lines.push(step.to_string()))?;
    /// assert!(lines[0].contains("01018001000200801234567890123456"));
    /// assert!(lines[1].contains("01018000000200809012345600000001"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::WorkingKeyTooStrong`] if keys of this type would be stronger than the initial key.
    /// The steps up to the transaction key have been shown then.
    pub fn explain(
        &self,
        counter: u32,
        key_type: WorkingKeyType,
        mut show: impl FnMut(&Step),
    ) -> Result<(), Error> {
        let aes_type = self.key().aes_type();
        let data = DerivationData::initial_key(aes_type, self.initial_key_id());
        let family = AlgorithmFamily::Aes;
        show(&Step::new(StepKind::InitialKey, &data.block(1), self.secret_key(), family));

        for prefix in prefixes(counter) {
            let key = self.transaction_key_of_any_counter(prefix);
            let kind = StepKind::Intermediate { counter: prefix };
            let data = step(aes_type, self.ksn(prefix));
            show(&Step::new(kind, &data.block(1), key.secret_key(), family));
        }

        let key = self.transaction_key_of_any_counter(counter);
        for usage in Usage::OF_WORKING_KEYS {
            let working_key = key.derive(usage, key_type)?;
            let data = key.derivation_data(usage, key_type);
            let kind = StepKind::WorkingKey(purpose(usage));
            show(&Step::new(kind, &data.block(1), &working_key, key_type.family()));
        }
        Ok(())
    }
}

const fn purpose(usage: Usage) -> Purpose {
    match usage {
        Usage::KeyEncryption => Purpose::KeyEncryption,
        Usage::PinEncryption => Purpose::Pin,
        Usage::MacGeneration => Purpose::MacRequest,
        Usage::MacVerification => Purpose::MacResponse,
        Usage::MacBothWays => Purpose::MacBothWays,
        Usage::DataEncryption => Purpose::DataRequest,
        Usage::DataDecryption => Purpose::DataResponse,
        Usage::DataBothWays => Purpose::DataBothWays,
        Usage::KeyDerivation | Usage::InitialKey => Purpose::KeyDerivation,
    }
}
