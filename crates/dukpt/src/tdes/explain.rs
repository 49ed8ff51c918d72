//! A TDES derivation step by step.

use key_types::{AlgorithmFamily, SecretKey};

use super::step::{Register, key_of};
use super::transaction_key::variant;
use super::{InitialKey, TransactionKey};
use crate::counter::prefixes;
use crate::explain::{Purpose, Step, StepKind};

impl InitialKey {
    /// Shows each step from this initial key to the working keys of `counter`, whether a device
    /// would use it or not, to answer which key the other side has.
    ///
    /// The input of the initial key and of the counters is 8 bytes of the key serial number, that
    /// of working keys the mask on both halves of the transaction key.
    ///
    /// ```
    /// use dukpt::tdes::Bdk;
    /// use dukpt::{Purpose, StepKind};
    /// use key_types::SecretKey;
    ///
    /// let bdk = SecretKey::copied_from(b"\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32\x10")?;
    /// let initial_key = Bdk::new(&bdk)?.initial_key(&"FFFF9876543210E00003".parse()?);
    /// let mut lines = Vec::new();
    /// initial_key.explain(3, |step| lines.push(step.to_string()));
    /// assert_eq!(lines[0], "initial key                         FFFF9876543210E0 -> AF8C07");
    /// assert_eq!(lines[1], "counter  2                          9876543210E00002 -> 6FD602");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(&self, counter: u32, mut show: impl FnMut(&Step)) {
        let mut show = |kind, input: &[u8], key: &SecretKey| {
            show(&Step::new(kind, input, key, AlgorithmFamily::Tdes));
        };
        let ksn = self.initial_ksn();
        let [device @ .., _, _] = ksn.to_bytes();
        show(StepKind::InitialKey, &device, self.secret_key());

        let register = Register::of(ksn);
        let counter = ksn.with_counter(counter).counter();
        for prefix in prefixes(counter) {
            let key = key_of(&self.key(), register, prefix);
            let key = TransactionKey::new(&key, ksn.with_counter(prefix));
            let input = register.with_counter(prefix).to_be_bytes();
            show(StepKind::Intermediate { counter: prefix }, &input, key.secret_key());
        }

        let key = self.transaction_key_of_any_counter(counter);
        for (purpose, mask, working_key) in working_keys(&key) {
            show(StepKind::WorkingKey(purpose), &mask.to_be_bytes(), &working_key);
        }
    }
}

/// Every working key a device, or a habit of the field, makes from a transaction key.
fn working_keys(key: &TransactionKey) -> [(Purpose, u64, SecretKey); 7] {
    [
        (Purpose::Pin, variant::PIN, key.pin_key().into_secret_key()),
        (Purpose::MacRequest, variant::MAC_REQUEST, key.mac_request_key().into_secret_key()),
        (Purpose::MacResponse, variant::MAC_RESPONSE, key.mac_response_key().into_secret_key()),
        (Purpose::DataRequest, variant::DATA_REQUEST, key.data_request_key().into_secret_key()),
        (Purpose::DataResponse, variant::DATA_RESPONSE, key.data_response_key().into_secret_key()),
        (
            Purpose::DataRequestWithoutOneWayStep,
            variant::DATA_REQUEST,
            key.data_request_key_without_one_way_step().into_secret_key(),
        ),
        (
            Purpose::DataResponseWithoutOneWayStep,
            variant::DATA_RESPONSE,
            key.data_response_key_without_one_way_step().into_secret_key(),
        ),
    ]
}
