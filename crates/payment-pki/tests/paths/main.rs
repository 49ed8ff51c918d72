//! Certificates read, paths validated, and what others say of the same paths.

mod bytes;
mod chains;
mod forge;
mod issuing;
mod openssl;
mod published;
mod requests;
mod tokens;
mod verifiers;
mod webpki;
