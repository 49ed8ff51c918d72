//! The check of the receipts in a trail.

use std::io::{self, BufRead};

use export_api::{Receipt, ReceiptError, Statement};
use payment_pki::Certificate;
use serde::Deserialize;

/// A receipt that does not hold.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
#[non_exhaustive]
pub struct BrokenReceipt {
    /// The line it is in, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: ReceiptProblem,
}

/// What is wrong with a receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptProblem {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Not a JSON object in the shape of an event, or its receipt has another shape.
    #[error("is not a line of an audit trail")]
    NotALine,
    /// The receipt itself.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// A genuine receipt that was put into another line.
    #[error("the receipt is of the request {found}, and the line of another")]
    OtherRequest {
        /// The request that the receipt is of.
        found: String,
    },
}

/// What of a line matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(rename = "requestID")]
    request_id: String,
    additional_event_data: Option<Additional>,
}

#[derive(Deserialize)]
struct Additional {
    receipt: Option<Receipt>,
}

/// Verifies every receipt in a trail under the certificate of the account's authority, and answers
/// what they state, in their order.
///
/// Whether lines are missing is for [`verify`](super::verify) to say.
///
/// # Errors
///
/// [`BrokenReceipt`] names the first line whose receipt does not hold.
pub fn receipts(
    trail: impl BufRead,
    authority: &Certificate,
) -> Result<Vec<Statement>, BrokenReceipt> {
    let mut statements = Vec::new();
    for (line, number) in trail.split(b'\n').zip(1_u64..) {
        let broken = |problem| BrokenReceipt { line: number, problem };
        let line = line.map_err(|error| broken(error.into()))?;
        let line: Line =
            serde_json::from_slice(&line).map_err(|_| broken(ReceiptProblem::NotALine))?;
        let Some(receipt) = line.additional_event_data.and_then(|data| data.receipt) else {
            continue;
        };
        let statement = receipt.verify(authority).map_err(|error| broken(error.into()))?;
        if statement.request_id != line.request_id {
            return Err(broken(ReceiptProblem::OtherRequest { found: statement.request_id }));
        }
        statements.push(statement);
    }
    Ok(statements)
}
