//! DeleteAlias: removes a second name.

use crate::AliasName;
use crate::error::Error;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys, Write};
use crate::service::{Call, World};
use crate::wire::{EmptyAnswer, Members};

pub(crate) struct DeleteAlias {
    name: AliasName,
}

impl Call for DeleteAlias {
    type Answer = EmptyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { name: members.required("AliasName")? })
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<EmptyAnswer, Error> {
        let alias = world.alias(&self.name).await?;
        world.store.commit(vec![Write::DeleteAlias { alias }]).await?;
        Ok(EmptyAnswer {})
    }
}
