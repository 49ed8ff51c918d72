//! What the process asks of the operating system before it touches a key.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Switches core dumps off, and on Linux the memory of the process for other processes: clear keys
/// are in it. Where the system refuses, the program goes on.
pub(crate) fn harden() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
