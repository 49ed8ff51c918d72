//! Certificates read, paths validated, and what others say of the same paths.

mod bytes;
mod chains;
mod forge;
mod openssl;
mod published;
mod tokens;
