//! Memory that is not written to swap.

use std::mem;
use std::ptr;
use std::sync::Once;

/// Asks the system to keep the pages of a value in memory, for as long as the process lives.
///
/// They stay locked when the value is gone: other keys may lie on the same pages, and the
/// allocator uses them again. Where the system refuses, the log says so once.
pub(crate) fn lock<T>(value: &T) {
    static REFUSED: Once = Once::new();

    match region::lock(ptr::from_ref(value), size_of::<T>()) {
        Ok(guard) => mem::forget(guard),
        Err(error) => REFUSED.call_once(|| {
            tracing::warn!(
                %error,
                "root and store keys may be written to swap: the system does not lock their memory"
            );
        }),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs;

    use super::*;

    fn locked_kilobytes() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmLck:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn the_pages_of_a_value_are_locked() {
        let value = Box::new([7_u8; 3 * 4096]);
        lock(&*value);
        assert!(locked_kilobytes() >= 12, "{} kB", locked_kilobytes());
    }
}
