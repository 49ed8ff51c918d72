//! The keys on the way to a counter, kept so that the next counter need not start at the top.

use crate::counter::prefixes;

/// At most `STEPS` keys, one for each one bit of the last counter, the highest bit first.
pub(crate) struct Path<K, const STEPS: usize> {
    steps: [Step<K>; STEPS],
}

struct Step<K> {
    /// The counter that the key belongs to; 0 where there is none yet.
    prefix: u32,
    /// A type that wipes itself when dropped or overwritten.
    key: K,
}

impl<K: Default, const STEPS: usize> Path<K, STEPS> {
    pub(crate) fn new() -> Self {
        Self { steps: [(); STEPS].map(|()| Step { prefix: 0, key: K::default() }) }
    }

    /// The key of `counter`, by as few calls of `child` (parent, counter of the child) as the last
    /// path allows.
    pub(crate) fn descend<'a>(
        &'a mut self,
        top: &'a K,
        counter: u32,
        child: impl Fn(&K, u32) -> K,
    ) -> &'a K {
        let mut parent = top;
        for (step, prefix) in self.steps.iter_mut().zip(prefixes(counter)) {
            // A counter names its whole path, so an equal one has the same parents.
            if step.prefix != prefix {
                *step = Step { prefix, key: child(parent, prefix) };
            }
            parent = &step.key;
        }
        parent
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    #[test]
    fn most_counters_cost_one_step() {
        let steps = Cell::new(0);
        let mut path = Path::<u64, 10>::new();
        for counter in 1..1024_u32 {
            // The sum of all counters on the way stands for the key.
            let expected: u64 = prefixes(counter).map(u64::from).sum();
            let key = path.descend(&0, counter, |parent, prefix| {
                steps.set(steps.get() + 1);
                parent + u64::from(prefix)
            });
            assert_eq!(*key, expected);
        }
        assert_eq!(steps.get(), 1023);
    }
}
