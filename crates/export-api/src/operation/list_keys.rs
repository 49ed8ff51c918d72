//! ListKeys: lists keys, in the order of their ARNs.

use serde::Serialize;

use crate::access::Touches;
use crate::error::Error;
use crate::key::KeyState;
use crate::ports::{Clock, KeyPage, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::wire::{KeySummaryShape, Members, Page};

pub(crate) struct ListKeys {
    state: Option<KeyState>,
    page: Page,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListKeysAnswer {
    keys: Vec<KeySummaryShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Call for ListKeys {
    type Answer = ListKeysAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { state: members.optional("KeyState")?, page: Page::parse(members)? })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::account()
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ListKeysAnswer, Error> {
        let after = self.page.after()?;
        let page = KeyPage { state: self.state, after, limit: self.page.limit_with_next() };
        let mut keys = world.store.keys(&page).await?;
        let next_token = self.page.cut(&mut keys, |key| key.arn.as_str());
        Ok(ListKeysAnswer { keys: keys.iter().map(KeySummaryShape::from).collect(), next_token })
    }
}
