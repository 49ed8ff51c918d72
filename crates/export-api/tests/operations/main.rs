//! The operations over ports kept in memory.

mod aliases;
mod create_key;
mod export_key;
mod life;
mod refusals;
mod tags;
mod world;
