//! The certificates and revocation lists of the TR-34 vectors.

use payment_pki::{
    Certificate, Crl, Error, Policy, RevocationPolicy, TrustAnchor, UnixTime, role, validate,
};
use serde::Deserialize;
use test_vectors::{Hex, Test, data_directory, load};

#[derive(Deserialize)]
struct Case {
    crl: Option<Hex>,
}

fn member<'a>(test: &'a Test, name: &str) -> &'a str {
    let value = test.members.get(name).expect("the member");
    value.as_str().or_else(|| value.get(0)?.as_str()).expect("text")
}

/// The verdict on a sender: by its certificate, the anchors of its role and the list in the token.
#[test]
fn senders_of_tokens() {
    let file = load(&data_directory().join("tr34/open.json")).expect("the file");
    let (mut trusted, mut untrusted, mut stale) = (0, 0, 0);
    for test in file.test_groups.iter().flat_map(|group| &group.tests) {
        let host = Certificate::from_pem(member(test, "kdhCertPem")).expect("a certificate");
        let anchor = Certificate::from_pem(member(test, "trustAnchorsPem")).expect("an anchor");
        let anchors = [TrustAnchor::<role::Kdh>::new(anchor)];
        let Case { crl } = test.case().expect("the members of the operation");
        let crls: Vec<_> =
            crl.iter().map(|list| Crl::from_der(list.as_bytes()).expect("a list")).collect();
        let now = UnixTime::from_seconds(match member(test, "now") {
            "2026-05-01T00:00:00Z" => 1_777_593_600,
            "2026-12-01T00:00:00Z" => 1_796_083_200,
            other => panic!("{}: {other}", test.id),
        });
        let policy = if crls.is_empty() {
            Policy::strict()
        } else {
            Policy::strict().with_revocation(RevocationPolicy::Required)
        };
        let verdict = validate(&host, &[], &anchors, &crls, now, &policy).map(drop);
        match test.error.as_deref() {
            Some("UntrustedSigner") => {
                let is_refused = verdict.is_err();
                assert!(is_refused, "{}", test.id);
                untrusted += 1;
            }
            Some("CrlStale") => {
                assert_eq!(verdict, Err(Error::CrlStale { index: 0 }), "{}", test.id);
                stale += 1;
            }
            _ => {
                assert_eq!(verdict, Ok(()), "{}", test.id);
                trusted += 1;
            }
        }
    }
    assert_eq!((trusted, untrusted, stale), (28, 2, 1));
}
