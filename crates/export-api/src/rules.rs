//! The rules as data: which attributes go together, which key may wrap which, what may narrow.

pub(crate) mod attributes;
mod modes;
pub(crate) mod narrowing;
mod rule;
pub(crate) mod strength;

pub(crate) use modes::ModeFlags;
pub use rule::Rule;
