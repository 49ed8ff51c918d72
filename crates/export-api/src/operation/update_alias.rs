//! UpdateAlias: points a second name elsewhere.

use crate::error::Error;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys, Write};
use crate::service::{Call, World};
use crate::wire::{AliasAnswer, Members};
use crate::{AliasName, KeyArn};

/// Points an alias at another key, or at none.
pub(crate) struct UpdateAlias {
    name: AliasName,
    target: Option<KeyArn>,
}

impl Call for UpdateAlias {
    type Answer = AliasAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { name: members.required("AliasName")?, target: members.optional("KeyArn")? })
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<AliasAnswer, Error> {
        let mut alias = world.alias(&self.name).await?;
        if let Some(target) = &self.target {
            world.key_by_arn("KeyArn", target.clone()).await?;
        }
        alias.target = self.target;
        world.store.commit(vec![Write::PutAlias { alias: alias.clone() }]).await?;
        Ok(alias.into())
    }
}
