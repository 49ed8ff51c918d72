//! ExportKey: hands out a key, wrapped.

use crate::error::Error;
use crate::export::{ExportPlan, OutgoingKey, Request, wrap};
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys, StoredKey};
use crate::service::{Call, World};
use crate::wire::{ExportKeyAnswer, KeyIdentifier, Members, parse_export_key};

pub(crate) struct ExportKey {
    request: Request,
}

impl Call for ExportKey {
    type Answer = ExportKeyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { request: parse_export_key(members)? })
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ExportKeyAnswer, Error> {
        let key = world.reference(&self.request.key)?;
        let wrapping_key = world.reference(&self.request.form.wrapping_key)?;
        let [key, wrapping_key] = world.store.open_keys([&key, &wrapping_key]).await?;
        let key = found(key, &self.request.key)?;
        let wrapping_key = found(wrapping_key, &self.request.form.wrapping_key)?;

        let plan = ExportPlan::new(self.request, key, wrapping_key)?;
        let outgoing = OutgoingKey::of(plan)?;
        Ok(wrap(outgoing, &world.randomness)?.into())
    }
}

fn found(key: Option<StoredKey>, identifier: &KeyIdentifier) -> Result<StoredKey, Error> {
    key.ok_or_else(|| Error::NotFound { resource: identifier.as_str().to_owned() })
}
