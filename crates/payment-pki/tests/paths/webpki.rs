//! The same paths before `rustls-webpki`, and where its verdict is another.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, BorrowedCertRevocationList, CertRevocationList, EndEntityCert, KeyUsage,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy, anchor_from_trusted_cert,
};

use crate::chains::{Chain, NOW, chains};

/// Paths that one side takes and the other refuses, each with the reason.
const DIFFERENCES: &[(&str, bool, &str)] = &[
    ("leaf is for another use", true, "the key usage of a leaf is not looked at"),
    ("issuer weaker than the leaf", true, "sizes of keys are not compared"),
    ("no keyCertSign", true, "the key usage of an authority is looked at for lists only"),
    ("path length of the root", true, "an anchor is a name and a key, its extensions do not count"),
    ("not revoked", false, "lists without extensions are refused"),
];

/// Whether `rustls-webpki` takes a path.
fn accepts(chain: &Chain) -> bool {
    let der = |bytes: &[u8]| CertificateDer::from(bytes.to_vec());
    let (leaf, anchor) = (der(chain.leaf.as_der()), der(chain.anchor.as_der()));
    let intermediates: Vec<_> = chain.intermediates.iter().map(|it| der(it.as_der())).collect();
    let Ok(anchor) = anchor_from_trusted_cert(&anchor) else { return false };
    let Ok(end) = EndEntityCert::try_from(&leaf) else { return false };
    let lists: Result<Vec<_>, _> = chain
        .crls
        .iter()
        .map(|crl| BorrowedCertRevocationList::from_der(crl.as_der()))
        .map(|list| list.map(CertRevocationList::from))
        .collect();
    let Ok(lists) = lists else { return false };
    let lists: Vec<_> = lists.iter().collect();
    let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
        options
            .with_depth(RevocationCheckDepth::EndEntity)
            .with_status_policy(UnknownStatusPolicy::Allow)
            .build()
    });
    end.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &[anchor],
        &intermediates,
        UnixTime::since_unix_epoch(Duration::from_secs(NOW)),
        KeyUsage::client_auth(),
        revocation,
        None,
    )
    .is_ok()
}

#[test]
fn webpki_says_the_same_but_for_what_is_listed() {
    let mut seen = 0;
    for chain in chains() {
        let ours = chain.verdict.is_ok();
        let listed = DIFFERENCES.iter().find(|(name, ..)| *name == chain.name);
        let expected = listed.map_or(ours, |(_, theirs, _)| *theirs);
        assert_eq!(accepts(&chain), expected, "{}", chain.name);
        assert!(listed.is_none() || ours != expected, "{} is no difference", chain.name);
        seen += usize::from(listed.is_some());
    }
    assert_eq!(seen, DIFFERENCES.len());
}
