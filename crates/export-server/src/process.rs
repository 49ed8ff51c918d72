//! What the process asks of the operating system before it touches a key.

use std::panic;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors kept free of connections: for the store, the audit trail, the listener.
const RESERVED_DESCRIPTORS: u64 = 64;

/// Keeps clear keys out of core dumps, and out of reach of debuggers of the same user.
///
/// Where the system refuses, the server runs on and says so in the log.
pub fn harden() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps could not be switched off");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "other processes of this user may read this one's memory");
        }
    }
}

/// Raises the limit of open descriptors as far as it goes, and says how many connections of
/// `wanted` there is room for.
#[must_use]
pub fn room_for_connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // Without a limit there is room for all.
    let room = current.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED_DESCRIPTORS));
    usize::try_from(room).unwrap_or(usize::MAX).clamp(1, wanted)
}

/// Lets panics be logged by their place only, because their text may quote what was worked on.
pub fn log_panics_without_their_text() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic; its operation failed");
    }));
}
