//! What travels: the key, its header, its check value.

use key_types::{SecretKey, wiping_stack};

use super::ExportPlan;
use super::header::HeaderPlan;
use super::plan::{Content, Parts, Way};
use crate::error::{Error, Fault};
use crate::key::CheckValue;
use crate::operation::check_value;

/// A key on its way out, and that way.
pub(crate) struct OutgoingKey {
    pub(super) material: SecretKey,
    pub(super) header: HeaderPlan,
    pub(super) check_value: CheckValue,
    pub(super) way: Way,
}

impl OutgoingKey {
    /// Takes the key as it is stored, or derives the initial key from it.
    pub(crate) fn of(plan: ExportPlan) -> Result<Self, Error> {
        let Parts { key, way, content, header, check_value: wanted } = plan.into_parts();
        let material = match content {
            Content::AsStored => key.material,
            Content::TdesInitialKey(ksn) => wiping_stack(|| {
                let bdk = dukpt::tdes::Bdk::new(&key.material)?;
                Ok(bdk.initial_key(&ksn).into_secret_key())
            })
            .map_err(refused)?,
            Content::AesInitialKey(ksn) => wiping_stack(|| {
                let bdk = dukpt::aes::Bdk::new(&key.material)?;
                Ok(bdk.initial_key(&ksn.initial_key_id()).into_secret_key())
            })
            .map_err(refused)?,
        };
        let check_value = check_value(&material, header.algorithm(), wanted)?;
        Ok(Self { material, header, check_value, way })
    }
}

fn refused(error: dukpt::Error) -> Error {
    Error::Internal { cause: Fault::RefusedByCrate { crate_name: "dukpt", code: error.code() } }
}
