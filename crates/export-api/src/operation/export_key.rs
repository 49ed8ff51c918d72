//! ExportKey: hands out a key, wrapped.

use crate::access::Touches;
use crate::error::Error;
use crate::export::{Counterpart, ExportPlan, OutgoingKey, Request, wrap};
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::wire::{ExportKeyAnswer, Members, parse_export_key};

pub(crate) struct ExportKey {
    request: Request,
}

impl Call for ExportKey {
    type Answer = ExportKeyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { request: parse_export_key(members)? })
    }

    fn touches(&mut self) -> Touches<'_> {
        self.request.touches()
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ExportKeyAnswer, Error> {
        let (key, counterpart) =
            Counterpart::open(world, &self.request.key, &self.request.form).await?;
        let plan = ExportPlan::new(self.request, key, counterpart, world.key_cryptograms)?;
        let outgoing = OutgoingKey::of(plan)?;
        Ok(wrap(outgoing, world).await?.into())
    }
}
