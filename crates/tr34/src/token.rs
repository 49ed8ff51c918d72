//! The tokens, each in a file of its own.

mod credential;
mod kt_kdh;
mod rbt;
mod rt_krd;
mod ubt;

pub use credential::{CtKdh, CtKrd};
pub use kt_kdh::KtKdh;
pub use rbt::{RbtCa, RbtKdh};
pub use rt_krd::RtKrd;
pub use ubt::{UbtCa, UbtKdh};
