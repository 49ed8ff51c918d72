//! Key blocks: vectors, laws, profiles, certificates, memory, and broken blocks by the thousand.

mod allocations;
mod certificates;
mod hammer;
mod profiles;
mod properties;
mod strength;
mod typed_blocks;
mod vectors;
