//! Tokens made, read, verified, opened, broken, and exchanged with another implementation.

mod hostile;
mod layouts;
mod lifecycle;
mod openssl;
mod parts;
mod properties;
mod refusals;
mod seams;
mod support;
mod vectors;
