//! The rate limit of each access key.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use export_api::Timestamp;

const SECOND: u64 = 1_000_000_000;

/// Lets each access key make so many requests a second, and those of one second at once.
///
/// The access key must be known to be genuine before it is counted, so that nobody can use up
/// the budget of another, and so that no more keys are counted than exist.
///
/// ```
/// use std::num::NonZeroU32;
///
/// use export_api::Timestamp;
/// use export_server::throttle::Throttle;
///
/// let throttle = Throttle::new(NonZeroU32::MIN);
/// let at = Timestamp::from_milliseconds;
/// assert!(throttle.admits("AKIDEXAMPLE", at(5_000)));
/// assert!(!throttle.admits("AKIDEXAMPLE", at(5_999)));
/// assert!(throttle.admits("AKIDEXAMPLE", at(6_000)));
/// ```
#[derive(Debug)]
pub struct Throttle {
    /// Nanoseconds that one request costs.
    cost: u64,
    /// For each access key, when its budget is whole again, in nanoseconds since 1970.
    whole_again: Mutex<HashMap<String, u64>>,
}

impl Throttle {
    /// Allows so many requests a second to each access key.
    #[must_use]
    pub fn new(requests_per_second: NonZeroU32) -> Self {
        Self { cost: SECOND / u64::from(requests_per_second.get()), whole_again: Mutex::default() }
    }

    /// Whether a request at `now` is within the limit; if so, it is counted.
    #[must_use]
    pub fn admits(&self, access_key_id: &str, now: Timestamp) -> bool {
        let now = now.milliseconds().saturating_mul(1_000_000);
        // A panic elsewhere cannot leave the map half written.
        let mut budgets = self.whole_again.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = match budgets.get_mut(access_key_id) {
            Some(budget) => budget,
            None => budgets.entry(access_key_id.to_owned()).or_insert(now),
        };
        // More than a second ahead is only possible if the clock was set back since.
        let before = if *budget > now.saturating_add(SECOND) { now } else { (*budget).max(now) };
        let after = before.saturating_add(self.cost);
        let admitted = after <= now.saturating_add(SECOND);
        if admitted {
            *budget = after;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn throttle(rate: u32) -> Throttle {
        Throttle::new(NonZeroU32::new(rate).unwrap())
    }

    fn admitted(throttle: &Throttle, key: &str, milliseconds: impl Iterator<Item = u64>) -> usize {
        let admits = |&time: &u64| throttle.admits(key, Timestamp::from_milliseconds(time));
        milliseconds.filter(admits).count()
    }

    #[test]
    fn a_second_of_requests_may_come_at_once() {
        let throttle = throttle(5);
        assert_eq!(admitted(&throttle, "a", std::iter::repeat_n(1_000, 20)), 5);
        assert_eq!(admitted(&throttle, "a", std::iter::repeat_n(1_199, 20)), 0);
        assert_eq!(admitted(&throttle, "a", std::iter::repeat_n(1_200, 20)), 1);
        assert_eq!(admitted(&throttle, "a", std::iter::repeat_n(9_000, 20)), 5);
    }

    #[test]
    fn keys_do_not_share_a_budget() {
        let throttle = throttle(2);
        assert_eq!(admitted(&throttle, "a", std::iter::repeat_n(1_000, 9)), 2);
        assert_eq!(admitted(&throttle, "b", std::iter::repeat_n(1_000, 9)), 2);
    }

    #[test]
    fn five_a_second_over_a_hundred_seconds() {
        let throttle = throttle(5);
        // Asking every millisecond: the burst of one second, then five a second.
        assert_eq!(admitted(&throttle, "a", 1_000..101_000), 5 + 99 * 5 + 4);
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let throttle = throttle(1);
        assert_eq!(admitted(&throttle, "a", [9_000_000, 1_000].into_iter()), 2);
    }

    proptest! {
        #[test]
        fn never_more_than_the_limit_and_the_burst(
            rate in 1_u32..50,
            steps in proptest::collection::vec(0_u64..400, 1..300),
        ) {
            let throttle = throttle(rate);
            let mut now = 1_000;
            let times: Vec<u64> = steps.iter().map(|step| { now += step; now }).collect();
            let span = now - times[0];
            let count = u64::try_from(admitted(&throttle, "a", times.into_iter())).unwrap();
            prop_assert!(count <= u64::from(rate) + u64::from(rate) * span / 1_000 + 1);
        }
    }
}
