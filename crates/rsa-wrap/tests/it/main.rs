//! Keys wrapped and unwrapped: vectors, laws, published cases and another implementation.

mod openssl;
mod properties;
mod published;
mod recipients;
mod support;
mod vectors;
