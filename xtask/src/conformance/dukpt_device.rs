//! `dukpt/device`: what a terminal holds after loading, and what it hands out.

use dukpt::{Error, WorkingKeyType, aes, tdes};
use key_types::{AesKeySerialNumber, InitialKeyId, SecretKey, TdesKeySerialNumber};
use serde::Deserialize;
use serde_json::{Value, json};
use test_vectors::Hex;

use super::dukpt_aes::KeyType;
use super::operation::{Answer, Members, Operation, hex, inputs};

pub(super) const OPERATION: Operation = Operation {
    name: "dukpt/device",
    outputs: &["initialKey", "registers", "afterTransactions", "keys"],
    remarks: &[],
    answer,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    scheme: Scheme,
    mode: Mode,
    bdk: Hex,
    /// Told by scheme and length, which are what the crate goes by.
    #[serde(rename = "bdkAlgorithm")]
    _bdk_algorithm: String,
    ksn: Option<String>,
    initial_ksn: Option<String>,
    initial_key_id: Option<String>,
    first_counter: Option<u32>,
    /// Walks are by PIN keys.
    #[serde(rename = "usage")]
    _usage: Option<Usage>,
    working_key_type: Option<KeyType>,
    #[serde(rename = "keys.length", default)]
    keys: usize,
    #[serde(rename = "registers.length")]
    _registers: Option<usize>,
    #[serde(rename = "afterTransactions.length", default)]
    transactions: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Scheme {
    Tdes,
    Aes,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Mode {
    RegistersAfterLoad,
    Walk,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Usage {
    PinEncryption,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    let answered = SecretKey::copied_from(inputs.bdk.as_bytes()).map_err(|_| "BdkLength");
    let answered = answered.and_then(|bdk| {
        let answered = match inputs.scheme {
            Scheme::Tdes => by_tdes(&bdk, &inputs),
            Scheme::Aes => by_aes(&bdk, &inputs),
        };
        answered.map_err(|error| error.code())
    });
    Ok(Answer::from_result(answered))
}

fn by_tdes(bdk: &SecretKey, inputs: &Inputs) -> Result<Answer, Error> {
    let ksn = inputs.ksn.as_ref().or(inputs.initial_ksn.as_ref());
    let ksn = ksn.map(String::as_str).unwrap_or_default().parse::<TdesKeySerialNumber>()?;
    let initial_key = tdes::Bdk::new(bdk)?.initial_key(&ksn);
    let initial_key_hex = hex(initial_key.secret_key());
    let mut device = tdes::Device::load(initial_key);
    device_answer(inputs, initial_key_hex, &mut device)
}

fn by_aes(bdk: &SecretKey, inputs: &Inputs) -> Result<Answer, Error> {
    let id = match (&inputs.ksn, &inputs.initial_key_id) {
        (Some(ksn), _) => ksn.parse::<AesKeySerialNumber>()?.initial_key_id(),
        (None, id) => id.as_deref().unwrap_or_default().parse::<InitialKeyId>()?,
    };
    let key_type = inputs.working_key_type.map_or(WorkingKeyType::Aes128, WorkingKeyType::from);
    let initial_key = aes::Bdk::new(bdk)?.initial_key(&id);
    let key_length = initial_key.secret_key().length();
    let initial_key_hex = hex(initial_key.secret_key());
    let mut device = AesDevice { device: aes::Device::load(initial_key), key_length, key_type };
    device_answer(inputs, initial_key_hex, &mut device)
}

fn device_answer(
    inputs: &Inputs,
    initial_key: Value,
    device: &mut impl Device,
) -> Result<Answer, Error> {
    match inputs.mode {
        Mode::RegistersAfterLoad => {
            let registers = device.registers();
            let list = registers.iter().enumerate();
            let list = list.map(|(bit, key)| json!({"bit": bit, "key": key})).collect();
            let changes = (1..=inputs.transactions).map(|number| change(device, number));
            Ok(Answer::gave([
                ("initialKey", initial_key),
                ("registers", Value::Array(list)),
                ("afterTransactions", Value::Array(changes.collect::<Result<_, Error>>()?)),
            ]))
        }
        Mode::Walk => {
            let (first, mut keys) = (inputs.first_counter.unwrap_or(1), Vec::new());
            while keys.len() < inputs.keys {
                let (counter, pin_key) = device.next_pin_key()?;
                if counter >= first {
                    keys.push(pin_key);
                }
            }
            Ok(Answer::gave([("initialKey", initial_key), ("keys", Value::Array(keys))]))
        }
    }
}

/// Carries out one transaction and says which registers it erased and which it filled.
fn change(device: &mut impl Device, transactions: usize) -> Result<Value, Error> {
    let before = device.registers();
    device.next_pin_key()?;
    let (mut erased, mut replaced) = (Vec::new(), Vec::new());
    for (bit, (before, after)) in before.into_iter().zip(device.registers()).enumerate() {
        match after {
            Some(key) if before.as_ref() != Some(&key) => {
                replaced.push(json!({"bit": bit, "key": key}));
            }
            None if before.is_some() => erased.push(bit),
            _ => {}
        }
    }
    Ok(match replaced.is_empty() {
        true => json!({"transactions": transactions, "erased": erased}),
        false => json!({"transactions": transactions, "erased": erased, "replaced": replaced}),
    })
}

/// What both kinds of device do in these vectors.
trait Device {
    /// The registers from bit 0 on, in hex, `None` where there is no key: read from the saved
    /// state, since a device shows them nowhere else.
    fn registers(&self) -> Vec<Option<String>>;

    /// The counter and the PIN key of the next transaction.
    fn next_pin_key(&mut self) -> Result<(u32, Value), Error>;
}

impl Device for tdes::Device {
    fn registers(&self) -> Vec<Option<String>> {
        let mut state = [0; Self::SAVED_LENGTH];
        self.save(&mut state);
        listed(&state, 11, 17, 16)
    }

    fn next_pin_key(&mut self) -> Result<(u32, Value), Error> {
        let key = self.next_key()?;
        Ok((key.ksn().counter(), hex(key.pin_key().secret_key())))
    }
}

struct AesDevice {
    device: aes::Device,
    key_length: usize,
    key_type: WorkingKeyType,
}

impl Device for AesDevice {
    fn registers(&self) -> Vec<Option<String>> {
        let mut state = [0; aes::Device::SAVED_LENGTH];
        self.device.save(&mut state);
        listed(&state, 14, 33, self.key_length)
    }

    fn next_pin_key(&mut self) -> Result<(u32, Value), Error> {
        let key = self.device.next_key()?;
        Ok((key.ksn().counter(), hex(key.pin_key(self.key_type)?.secret_key())))
    }
}

/// The registers in a saved state: where they begin, how long each is, and how long its key.
fn listed(state: &[u8], begin: usize, length: usize, key_length: usize) -> Vec<Option<String>> {
    let registers = state.get(begin..).unwrap_or_default().chunks(length);
    let keys = registers.map(|register| register.get(..key_length).unwrap_or_default());
    let shown = |key: &[u8]| {
        let is_empty = key.iter().all(|&byte| byte == 0);
        (!is_empty).then(|| Hex::from(key).to_string())
    };
    keys.map(shown).collect()
}
