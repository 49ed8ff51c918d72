//! Every byte of a certificate and of a revocation list changed, and every cut of them.

use base64ct::{Base64, Encoding};
use payment_pki::{Certificate, Crl, Error, Member};

use crate::chains::chains;

#[test]
fn no_changed_byte_is_taken_for_signed() {
    let chains = chains();
    let chain = chains.iter().find(|chain| !chain.crls.is_empty()).expect("one with lists");
    let issuer = chain.intermediates.first().expect("an authority").public_key();
    let (certificate, list) = (&chain.leaf, chain.crls.first().expect("a list"));
    assert_eq!(certificate.verify_signature(issuer), Ok(()));
    assert_eq!(list.verify_signature(issuer), Ok(()));
    for change in [0x01, 0x80, 0xFF] {
        for at in 0..certificate.as_der().len() {
            let mut changed = certificate.as_der().to_vec();
            changed[at] ^= change;
            let read = Certificate::from_der(&changed);
            let verified = read.and_then(|certificate| certificate.verify_signature(issuer));
            assert!(verified.is_err(), "{at}");
        }
        for at in 0..list.as_der().len() {
            let mut changed = list.as_der().to_vec();
            changed[at] ^= change;
            let verified = Crl::from_der(&changed).and_then(|list| list.verify_signature(issuer));
            assert!(verified.is_err(), "{at}");
        }
    }
}

#[test]
fn every_cut_is_refused() {
    let chains = chains();
    let chain = chains.iter().find(|chain| !chain.crls.is_empty()).expect("one with lists");
    let certificate = chain.leaf.as_der();
    for length in 0..certificate.len() {
        assert!(Certificate::from_der(&certificate[..length]).is_err(), "{length}");
    }
    let list = chain.crls.first().expect("a list").as_der();
    for length in 0..list.len() {
        assert!(Crl::from_der(&list[..length]).is_err(), "{length}");
    }
    let longer = [certificate, &[0]].concat();
    let at = certificate.len();
    let refused = Certificate::from_der(&longer).map(drop);
    assert_eq!(refused, Err(Error::Malformed { member: Member::Certificate, at }));
    let limit = Certificate::LONGEST;
    let refused = Certificate::from_der(&vec![0x30; limit + 1]).map(drop);
    assert_eq!(refused, Err(Error::TooLong { member: Member::Certificate, limit }));
}

#[test]
fn pem_and_base64_of_it() {
    let chains = chains();
    let chain = chains.first().expect("a chain");
    let middle = chain.intermediates.first().expect("an authority");
    let (one, two) = (chain.leaf.to_pem(), [chain.leaf.to_pem(), middle.to_pem()].concat());
    assert_eq!(Certificate::from_pem(&one).as_ref(), Ok(&chain.leaf));
    assert_eq!(Certificate::from_pem(&one.replace('\n', "\r\n")).as_ref(), Ok(&chain.leaf));
    let both = [chain.leaf.clone(), middle.clone()];
    assert_eq!(Certificate::chain_from_pem(&two).as_deref(), Ok(both.as_slice()));
    let encoded = Base64::encode_string(two.as_bytes());
    assert_eq!(Certificate::chain_from_base64_pem(&encoded).as_deref(), Ok(both.as_slice()));
    let encoded = Base64::encode_string(one.as_bytes());
    assert_eq!(Certificate::from_base64_pem(&encoded).as_ref(), Ok(&chain.leaf));

    let malformed = |at| Err(Error::Malformed { member: Member::Pem, at });
    assert_eq!(Certificate::from_pem(&two).map(drop), malformed(0), "two are not one");
    assert_eq!(Certificate::from_pem("").map(drop), malformed(0));
    let trailing = Certificate::chain_from_pem(&[one.as_str(), "x"].concat()).map(drop);
    assert_eq!(trailing, malformed(one.len()));
    assert_eq!(Certificate::from_pem(&one.replace("CERT", "CRT")).map(drop), malformed(0));
    assert_eq!(Certificate::from_pem(&one.replace("MII", "M I!")).map(drop), malformed(0));
    assert_eq!(Certificate::from_base64_pem(&one).map(drop), malformed(0));
    let limit = 8;
    let many = Certificate::chain_from_pem(&one.repeat(9)).map(drop);
    assert_eq!(many, Err(Error::TooLong { member: Member::Pem, limit }));
}
