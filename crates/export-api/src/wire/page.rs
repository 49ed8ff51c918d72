//! Pages of listings.

use core::str::FromStr;

use super::members::Members;
use super::text::{MaxResults, NextToken};
use crate::Rule;
use crate::error::{Error, Member};

/// How many items a page has when the request does not say.
const DEFAULT_LENGTH: u16 = 50;

/// The members every listing has: where it goes on, and how many items it wants.
pub(crate) struct Page {
    after: Option<NextToken>,
    length: u16,
}

impl Page {
    pub(crate) fn parse(members: &mut Members) -> Result<Self, Error> {
        let length: Option<MaxResults> = members.optional("MaxResults")?;
        let length = length.map_or(DEFAULT_LENGTH, |length| length.0);
        Ok(Self { after: members.optional("NextToken")?, length })
    }

    /// The item the page comes after.
    pub(crate) fn after<T: FromStr>(&self) -> Result<Option<T>, Error> {
        let at = Member::from("NextToken");
        let refusal = |_| Error::invalid(at.clone(), Rule::Token);
        let item = |token: &NextToken| token.item(&at)?.parse().map_err(refusal);
        self.after.as_ref().map(item).transpose()
    }

    /// How many items to read: one more than the page has, to know whether another follows.
    pub(crate) fn limit_with_next(&self) -> usize {
        usize::from(self.length).saturating_add(1)
    }

    /// Cuts the items to the page and names the token of the next one, if there is one.
    pub(crate) fn cut<T>(&self, items: &mut Vec<T>, name: impl Fn(&T) -> &str) -> Option<String> {
        let more = items.len() > usize::from(self.length);
        items.truncate(usize::from(self.length));
        let last = items.last().filter(|_| more)?;
        Some(NextToken::after(name(last)).into_text())
    }
}
