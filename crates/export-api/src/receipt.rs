//! Receipts: what left, in which form and to whom, signed by the authority of the account.

use base64ct::{Base64, Encoding};
use payment_pki::{Certificate, SignatureAlgorithm};
use serde::{Deserialize, Serialize};

use crate::approval::Approval;
use crate::authority::AccountAuthority;
use crate::error::{Error, Fault};
use crate::export::WrappedKey;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::World;
use crate::{KeyArn, Timestamp};

/// What is signed begins with this, so that it is nothing else that the authority signs.
const BEGINNING: &str = "ExportKey receipt 1\n";

/// Which exports get a receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipts {
    /// None.
    #[default]
    Off,
    /// Those that somebody approved.
    Approved,
    /// All.
    All,
}

/// A statement about one export, and its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// A [`Statement`] in JSON, as it was signed.
    statement: String,
    /// RSA with SHA-512, in base64.
    signature: String,
}

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Statement {
    /// The request that led to the export.
    pub request_id: String,
    /// When it was carried out.
    pub time: Timestamp,
    /// The key.
    pub key_arn: KeyArn,
    /// The check value of what left, the key or an initial key.
    pub key_check_value: String,
    /// The method of the check value.
    pub key_check_value_algorithm: String,
    /// The form, the name of a member of `KeyMaterial`.
    pub form: String,
    /// The ARN of the wrapping key, or the SHA-256 hash of the receiver's certificate.
    pub recipient: String,
    /// The device whose initial key left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_serial_number: Option<String>,
    /// The credential that asked.
    pub requester: Option<String>,
    /// The credentials that approved.
    pub approvers: Vec<String>,
}

/// A receipt that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The signature is none of the authority over this statement.
    #[error("the signature of the receipt does not hold")]
    Signature,
    /// What was signed is no statement.
    #[error("the receipt states nothing that is known")]
    Statement,
}

impl Receipt {
    /// What the receipt says, if its signature is one of the authority.
    ///
    /// # Errors
    ///
    /// [`ReceiptError`] if it is not, or says something else.
    pub fn verify(&self, authority: &Certificate) -> Result<Statement, ReceiptError> {
        let signature = Base64::decode_vec(&self.signature).map_err(|_| ReceiptError::Signature)?;
        authority
            .public_key()
            .verify(SignatureAlgorithm::RsaSha512, &message(&self.statement), &signature)
            .map_err(|_| ReceiptError::Signature)?;
        serde_json::from_str(&self.statement).map_err(|_| ReceiptError::Statement)
    }
}

fn message(statement: &str) -> Vec<u8> {
    [BEGINNING, statement].concat().into_bytes()
}

/// What is known of an export before the key is wrapped.
pub(crate) struct Export {
    pub(crate) request_id: String,
    pub(crate) requester: Option<String>,
    pub(crate) key: KeyArn,
    pub(crate) form: &'static str,
    pub(crate) recipient: String,
    pub(crate) key_serial_number: Option<String>,
}

/// Signs a receipt, if this export is to have one.
pub(crate) async fn sign<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    export: Export,
    wrapped: &WrappedKey,
    approval: Option<&Approval>,
) -> Result<Option<Receipt>, Error> {
    match world.receipts {
        Receipts::All => (),
        Receipts::Approved if approval.is_some() => (),
        _ => return Ok(None),
    }
    let approver = approval.and_then(Approval::approver).map(str::to_owned);
    let statement = Statement {
        request_id: export.request_id,
        time: world.clock.now(),
        key_arn: export.key,
        key_check_value: wrapped.check_value.digits().to_owned(),
        key_check_value_algorithm: wrapped.check_value.algorithm().to_string(),
        form: export.form.to_owned(),
        recipient: export.recipient,
        key_serial_number: export.key_serial_number,
        requester: export.requester,
        approvers: approver.into_iter().collect(),
    };
    let statement =
        serde_json::to_string(&statement).map_err(|_| Error::Internal { cause: Fault::Answer })?;
    let authority = AccountAuthority::open(world).await?;
    let signature = authority.sign(world, message(&statement)).await?;
    Ok(Some(Receipt { statement, signature: Base64::encode_string(&signature) }))
}
