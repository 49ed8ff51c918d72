//! ListAliases: lists aliases, in the order of their names.

use serde::Serialize;

use crate::KeyArn;
use crate::access::Touches;
use crate::error::Error;
use crate::ports::{AliasPage, Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::wire::{AliasShape, Members, Page};

pub(crate) struct ListAliases {
    target: Option<KeyArn>,
    page: Page,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAliasesAnswer {
    aliases: Vec<AliasShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Call for ListAliases {
    type Answer = ListAliasesAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { target: members.optional("KeyArn")?, page: Page::parse(members)? })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::arn("KeyArn", self.target.as_ref())
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ListAliasesAnswer, Error> {
        if let Some(target) = &self.target {
            world.key_by_arn("KeyArn", target.clone()).await?;
        }
        let after = self.page.after()?;
        let page = AliasPage { target: self.target, after, limit: self.page.limit_with_next() };
        let mut aliases = world.store.aliases(&page).await?;
        let next_token = self.page.cut(&mut aliases, |alias| alias.name.as_str());
        let aliases = aliases.into_iter().map(AliasShape::from).collect();
        Ok(ListAliasesAnswer { aliases, next_token })
    }
}
