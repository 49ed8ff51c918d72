//! GetAlias: reads a second name.

use crate::AliasName;
use crate::error::Error;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::wire::{AliasAnswer, Members};

pub(crate) struct GetAlias {
    name: AliasName,
}

impl Call for GetAlias {
    type Answer = AliasAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { name: members.required("AliasName")? })
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<AliasAnswer, Error> {
        Ok(world.alias(&self.name).await?.into())
    }
}
