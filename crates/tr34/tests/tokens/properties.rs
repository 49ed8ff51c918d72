//! Laws: what is made opens to what went in, and any changed bit is refused.

use proptest::prelude::*;
use tr34::{Binding, KeyTokenSpec, KtKdh, Layout, Nonce, Policy, RtKrd, Token};

use crate::support::{NOW, Pattern, WORLD};

fn layouts() -> impl Strategy<Value = Layout> {
    prop::sample::select(Layout::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn what_is_made_opens_to_what_went_in(
        layout in layouts(),
        key in prop::collection::vec(any::<u8>(), 24),
        nonce in prop::collection::vec(any::<u8>(), 8..=16),
    ) {
        prop_assume!(key[..8] != key[8..16] && key[8..16] != key[16..] && key[..8] != key[16..]);
        let spec = KeyTokenSpec::two_pass(Nonce::new(&nonce).unwrap()).with_layout(layout);
        let der = WORLD.token(2048, (&key, "D0112K0TB00E0000"), &spec);
        let token = KtKdh::parse(&der).unwrap();
        prop_assert_eq!(token.findings(), []);
        let binding = Binding::to(WORLD.kdh.clone());
        let mut binding = binding.with_outstanding_nonce(Nonce::new(&nonce).unwrap());
        let krd = WORLD.receiver(2048, Policy::strict());
        let verified = krd.verify(&mut binding, &token, NOW).unwrap();
        let opened = verified.open(&WORLD.private_key(2048), &mut Pattern::new()).unwrap();
        prop_assert_eq!(opened.key().expose_secret(), key.as_slice());
    }

    #[test]
    fn a_random_number_token_is_what_was_read(nonce in prop::collection::vec(any::<u8>(), 8..=16)) {
        let der = RtKrd::new(Nonce::new(&nonce).unwrap()).to_der();
        prop_assert_eq!(RtKrd::parse(&der).unwrap().to_der(), der);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Token::parse(&bytes).is_err());
    }
}
