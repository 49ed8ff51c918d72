//! A tree of good and bad paths, with the verdict on each.

use payment_pki::{
    Certificate, Crl, Error, Finding, Policy, Relaxation, RevocationPolicy, TrustAnchor, UnixTime,
    role, validate,
};

use crate::forge::{
    CERT_AND_CRL_SIGN, CERT_SIGN, DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, Key, Wish, authority, crl,
    extension, usage,
};

/// 2026-06-01.
pub(crate) const NOW: u64 = 1_780_272_000;

/// A path and what is to be said of it.
pub(crate) struct Chain {
    pub(crate) name: &'static str,
    pub(crate) leaf: Certificate,
    pub(crate) intermediates: Vec<Certificate>,
    pub(crate) anchor: Certificate,
    pub(crate) crls: Vec<Crl>,
    pub(crate) verdict: Result<(), Error>,
}

fn root() -> Wish {
    Wish::new("root", Key::Rsa4096, vec![authority(None), usage(CERT_AND_CRL_SIGN)])
}

fn middle(subject: &'static str) -> Wish {
    Wish::new(subject, Key::Rsa3072, vec![authority(None), usage(CERT_AND_CRL_SIGN)])
}

fn leaf() -> Wish {
    Wish::new("leaf", Key::Rsa2048, vec![usage(DIGITAL_SIGNATURE)])
}

fn with(wish: Wish, change: impl FnOnce(&mut Wish)) -> Wish {
    let mut wish = wish;
    change(&mut wish);
    wish
}

/// Each with the leaf under one authority under the root, but for one change.
pub(crate) fn chains() -> Vec<Chain> {
    let chain = |name, root: &Wish, middle: &Wish, leaf: &Wish, verdict| Chain {
        name,
        leaf: leaf.signed_by("middle", Key::Rsa3072),
        intermediates: vec![middle.signed_by("root", Key::Rsa4096)],
        anchor: root.signed_by("root", Key::Rsa4096),
        crls: vec![],
        verdict,
    };
    let (good_root, good_middle, good_leaf) = (root(), middle("middle"), leaf());
    let changed_leaf = |name, change: &dyn Fn(&mut Wish), verdict| {
        chain(name, &good_root, &good_middle, &with(good_leaf.clone(), change), verdict)
    };
    let changed_middle = |name, change: &dyn Fn(&mut Wish), verdict| {
        chain(name, &good_root, &with(good_middle.clone(), change), &good_leaf, verdict)
    };
    let listed = |name, list: Crl, verdict| Chain {
        crls: vec![list, crl("root", Key::Rsa4096, &[], "260701000000Z", &[])],
        ..chain(name, &good_root, &good_middle, &good_leaf, verdict)
    };
    let middle_list = |revoked: &[u8], next| crl("middle", Key::Rsa3072, revoked, next, &[]);

    let numbered = |name, revoked: &[u8], verdict| {
        let number = extension(20, false, &[2, 1, 7]);
        let list = |issuer, key, revoked| crl(issuer, key, revoked, "260701000000Z", &number);
        Chain {
            crls: vec![list("middle", Key::Rsa3072, revoked), list("root", Key::Rsa4096, &[])],
            ..chain(name, &good_root, &good_middle, &good_leaf, verdict)
        }
    };

    let mut chains = vec![
        chain("good", &good_root, &good_middle, &good_leaf, Ok(())),
        changed_leaf("leaf without extensions", &|leaf| leaf.extensions.clear(), Ok(())),
        changed_leaf(
            "leaf expired",
            &|leaf| leaf.validity.1 = "20260501000000Z",
            Err(Error::Expired { index: 0 }),
        ),
        changed_leaf(
            "leaf not yet valid",
            &|leaf| leaf.validity.0 = "20260701000000Z",
            Err(Error::NotYetValid { index: 0 }),
        ),
        changed_leaf(
            "leaf is an authority",
            &|leaf| leaf.extensions.push(authority(None)),
            Err(Error::LeafIsAuthority),
        ),
        changed_leaf(
            "leaf is for another use",
            &|leaf| leaf.extensions = vec![usage(KEY_ENCIPHERMENT)],
            Err(Error::KeyUsage { index: 0 }),
        ),
        changed_leaf(
            "unknown critical extension",
            &|leaf| leaf.extensions.push(extension(99, true, &[5, 0])),
            Err(Error::UnknownCriticalExtension { index: 0 }),
        ),
        changed_leaf(
            "repeated extension",
            &|leaf| leaf.extensions.push(usage(DIGITAL_SIGNATURE)),
            Err(Error::RepeatedExtension { index: 0 }),
        ),
        changed_leaf(
            "issuer weaker than the leaf",
            &|leaf| leaf.key = Key::Rsa4096,
            Err(Error::WeakerIssuer { index: 1 }),
        ),
        changed_middle(
            "authority expired",
            &|middle| middle.validity.1 = "20260501000000Z",
            Err(Error::Expired { index: 1 }),
        ),
        changed_middle(
            "leaf as authority",
            &|middle| middle.extensions.clear(),
            Err(Error::NotAnAuthority { index: 1 }),
        ),
        changed_middle(
            "no keyCertSign",
            &|middle| middle.extensions = vec![authority(None), usage(DIGITAL_SIGNATURE)],
            Err(Error::KeyUsage { index: 1 }),
        ),
        changed_middle(
            "path length of nothing, and nothing below",
            &|middle| middle.extensions = vec![authority(Some(0)), usage(CERT_SIGN)],
            Ok(()),
        ),
        chain(
            "path length of the root",
            &with(good_root.clone(), |root| {
                root.extensions = vec![authority(Some(0)), usage(CERT_SIGN)];
            }),
            &good_middle,
            &good_leaf,
            Err(Error::PathLengthExceeded { index: 2 }),
        ),
        listed("not revoked", middle_list(&[8], "260701000000Z"), Ok(())),
        listed("revoked", middle_list(&[8, 7], "260701000000Z"), Err(Error::Revoked { index: 0 })),
        numbered("not revoked, list with a number", &[8], Ok(())),
        numbered("revoked, list with a number", &[8, 7], Err(Error::Revoked { index: 0 })),
        listed("stale list", middle_list(&[], "260531000000Z"), Err(Error::CrlStale { index: 0 })),
        listed(
            "list by another key",
            crl("middle", Key::Rsa4096, &[], "260701000000Z", &[]),
            Err(Error::CrlInvalid { index: 0 }),
        ),
        listed(
            "list with an unknown critical extension",
            crl("middle", Key::Rsa3072, &[], "260701000000Z", &extension(28, true, &[0x30, 0])),
            Err(Error::CrlInvalid { index: 0 }),
        ),
        Chain {
            intermediates: vec![
                with(good_middle.clone(), |middle| {
                    middle.extensions = vec![authority(None), usage(CERT_SIGN)];
                })
                .signed_by("root", Key::Rsa4096),
            ],
            ..listed(
                "authority without cRLSign",
                middle_list(&[], "260701000000Z"),
                Err(Error::CrlInvalid { index: 0 }),
            )
        },
    ];
    chains.push(Chain {
        leaf: good_leaf.signed_by("elsewhere", Key::Rsa3072),
        ..chain(
            "unknown issuer",
            &good_root,
            &good_middle,
            &good_leaf,
            Err(Error::UnknownIssuer { index: 0 }),
        )
    });
    chains.push(Chain {
        leaf: good_leaf.signed_by("middle", Key::Rsa4096),
        ..chain(
            "bad signature",
            &good_root,
            &good_middle,
            &good_leaf,
            Err(Error::CertificateSignatureInvalid { index: 0 }),
        )
    });
    chains
}

fn judge(chain: &Chain, policy: &Policy) -> Result<Vec<Finding>, Error> {
    let anchor = TrustAnchor::<role::Signer>::new(chain.anchor.clone());
    let now = UnixTime::from_seconds(NOW);
    validate(&chain.leaf, &chain.intermediates, &[anchor], &chain.crls, now, policy)
        .map(|trusted| trusted.findings().to_vec())
}

#[test]
fn every_path_has_its_verdict() {
    for chain in chains() {
        assert_eq!(judge(&chain, &Policy::strict()).map(drop), chain.verdict, "{}", chain.name);
    }
}

#[test]
fn each_relaxation_lets_one_fault_pass_and_says_so() {
    for (name, relaxation, index) in [
        ("leaf expired", Relaxation::Expired, 0),
        ("authority expired", Relaxation::Expired, 1),
        ("leaf is for another use", Relaxation::KeyUsage, 0),
        ("repeated extension", Relaxation::RepeatedExtension, 0),
        ("authority without cRLSign", Relaxation::CrlSign, 0),
        ("issuer weaker than the leaf", Relaxation::WeakerIssuer, 1),
        ("leaf is an authority", Relaxation::AuthorityAsLeaf, 0),
    ] {
        let chains = chains();
        let chain = chains.iter().find(|chain| chain.name == name).expect("a chain of this name");
        let findings = judge(chain, &Policy::strict().with(relaxation)).expect("it is let pass");
        assert!(findings.contains(&Finding::Relaxed { relaxation, index }), "{name}");
        let others = [Relaxation::Expired, Relaxation::KeyUsage, Relaxation::WeakerIssuer];
        let others = others.into_iter().filter(|other| *other != relaxation);
        let other = others.fold(Policy::strict(), Policy::with);
        assert_eq!(judge(chain, &other).map(drop), chain.verdict, "{name}");
    }
}

#[test]
fn policies_say_what_is_asked() {
    let chains = chains();
    let chain = |name| chains.iter().find(|chain| chain.name == name).expect("a chain");
    let good = chain("good");
    let judged = |policy| judge(good, &policy).map(drop);
    assert_eq!(
        judge(good, &Policy::strict()).expect("it is good"),
        [0, 1].map(|index| Finding::RevocationUnknown { index }),
    );
    let required = Policy::strict().with_revocation(RevocationPolicy::Required);
    assert_eq!(judged(required.clone()), Err(Error::CrlMissing { index: 0 }));
    assert_eq!(judge(chain("not revoked"), &required), Ok(vec![]));
    let above = Policy::strict().with_modulus_bits(2049..=4096);
    assert_eq!(judged(above), Err(Error::KeyNotAllowed { index: 0 }));
    let below = Policy::strict().with_modulus_bits(2048..=3072);
    assert_eq!(judged(below), Err(Error::KeyNotAllowed { index: 2 }));
    let none = Policy::strict().with_most_intermediates(0);
    assert_eq!(judged(none), Err(Error::PathTooLong { most: 0 }));
    // A day late, with two days of grace.
    let patient = Policy::strict().with_stale_grace(2 * 86_400);
    let findings = judge(chain("stale list"), &patient).expect("it is let pass");
    assert!(findings.contains(&Finding::CrlStale { index: 0 }));
}

#[test]
fn authorities_are_found_in_any_order_and_without_need_for_all() {
    let names = ["one", "two", "three"];
    let above = ["root", "one", "two"];
    let mut intermediates: Vec<_> = names
        .into_iter()
        .zip(above)
        .map(|(name, issuer)| {
            let key = if issuer == "root" { Key::Rsa4096 } else { Key::Rsa3072 };
            middle(name).signed_by(issuer, key)
        })
        .collect();
    intermediates.push(middle("spare").signed_by("root", Key::Rsa4096));
    let chain = Chain {
        name: "three between",
        leaf: leaf().signed_by("three", Key::Rsa3072),
        anchor: root().signed_by("root", Key::Rsa4096),
        intermediates,
        crls: vec![],
        verdict: Ok(()),
    };
    assert!(judge(&chain, &Policy::strict()).is_ok());
    let fewer = Policy::strict().with_most_intermediates(2);
    assert_eq!(judge(&chain, &fewer), Err(Error::PathTooLong { most: 2 }));
}

#[test]
fn an_authority_is_a_leaf_in_the_role_of_one_only() {
    let authority = middle("middle").signed_by("root", Key::Rsa4096);
    let anchor = root().signed_by("root", Key::Rsa4096);
    let now = UnixTime::from_seconds(NOW);
    let policy = Policy::strict();
    let as_authority = TrustAnchor::<role::KrdAuthority>::new(anchor.clone());
    assert!(
        validate(&authority, &[], std::slice::from_ref(&as_authority), &[], now, &policy).is_ok()
    );
    let as_device = TrustAnchor::<role::Krd>::new(anchor);
    let refused = validate(&authority, &[], &[as_device], &[], now, &policy).map(drop);
    assert_eq!(refused, Err(Error::LeafIsAuthority));
    let device = leaf().signed_by("root", Key::Rsa4096);
    let refused = validate(&device, &[], &[as_authority], &[], now, &policy).map(drop);
    assert_eq!(refused, Err(Error::NotAnAuthority { index: 0 }));
}
