//! ListTagsForResource: lists the labels of a key, in the order of their keys.

use serde::Serialize;

use crate::KeyArn;
use crate::access::Touches;
use crate::error::Error;
use crate::key::Tag;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::wire::{Members, Page};

pub(crate) struct ListTagsForResource {
    resource: KeyArn,
    page: Page,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListTagsAnswer {
    tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Call for ListTagsForResource {
    type Answer = ListTagsAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { resource: members.required("ResourceArn")?, page: Page::parse(members)? })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::arn("ResourceArn", Some(&self.resource))
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ListTagsAnswer, Error> {
        let mut tags = world.key_by_arn("ResourceArn", self.resource).await?.tags;
        tags.sort_by(|one, other| one.key.cmp(&other.key));
        if let Some(after) = self.page.after::<String>()? {
            tags.retain(|tag| tag.key > after);
        }
        let next_token = self.page.cut(&mut tags, |tag| &tag.key);
        Ok(ListTagsAnswer { tags, next_token })
    }
}
