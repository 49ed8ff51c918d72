//! The endpoint over HTTP/1.1.

mod connections;
mod endpoint;
mod health;
mod limits;

pub use connections::serve;
pub use endpoint::{Backend, Endpoint};
pub use limits::Limits;

use std::net::IpAddr;

/// The address that a connection comes from, as an extension of its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(IpAddr);

impl Peer {
    /// Whoever serves connections otherwise than [`serve`] says so in each request.
    #[must_use]
    pub const fn of(address: IpAddr) -> Self {
        Self(address)
    }
}
