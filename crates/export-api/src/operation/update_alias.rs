//! UpdateAlias: points a second name elsewhere.

use crate::access::Touches;
use crate::error::Error;
use crate::ports::{Alias, Clock, KeyStore, Randomness, RsaKeys, Write};
use crate::service::{Call, World};
use crate::wire::{AliasAnswer, Members};
use crate::{AliasName, KeyArn};

/// Points an alias at another key, or at none.
pub(crate) struct UpdateAlias {
    name: AliasName,
    /// The alias as it was when it was asked whether this may be done.
    found: Option<Alias>,
    target: Option<KeyArn>,
}

impl Call for UpdateAlias {
    type Answer = AliasAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self {
            name: members.required("AliasName")?,
            found: None,
            target: members.optional("KeyArn")?,
        })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::alias(&self.name, &mut self.found, self.target.as_ref())
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<AliasAnswer, Error> {
        let mut alias = match self.found {
            Some(alias) => alias,
            None => world.alias(&self.name).await?,
        };
        if let Some(target) = &self.target {
            world.key_by_arn("KeyArn", target.clone()).await?;
        }
        alias.target = self.target;
        world.store.commit(vec![Write::PutAlias { alias: alias.clone() }]).await?;
        Ok(alias.into())
    }
}
