//! An optional block as it is shown: its data, and what they say.

use serde::Serialize;
use tr31::{
    BdkId, CertificateFormat, CheckMethod, Content, HmacHash, InitialKsn, KeyLife, OptionalBlock,
    WrappingPedigree,
};

use crate::words;

/// An optional block.
#[derive(Debug, Serialize)]
pub(crate) struct OptionalBlockShown {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<usize>,
    pub(crate) length: usize,
    data: String,
    meaning: &'static str,
    /// What the data say, where they are more than text.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

impl OptionalBlockShown {
    /// Shows a block; `offset` is where it begins in its key block, if it has a place there.
    pub(crate) fn new(offset: Option<usize>, block: &OptionalBlock) -> Self {
        Self {
            id: block.id().to_string(),
            offset,
            length: block.length(),
            data: block.data().to_owned(),
            meaning: words::optional_block(block.id()),
            content: block.content().as_ref().and_then(content),
        }
    }

    /// What the block is and says.
    pub(crate) fn in_words(&self) -> String {
        let Self { meaning, data, content, .. } = self;
        format!("{meaning}: {}", content.as_ref().unwrap_or(data))
    }
}

/// What data say, or `None` if they are text.
fn content(content: &Content<'_>) -> Option<String> {
    let hex = base16ct::upper::encode_string;
    Some(match content {
        Content::KeyLife(KeyLife::Ephemeral) => "used once".into(),
        Content::KeyLife(KeyLife::Static) => "kept".into(),
        Content::BdkId(BdkId::KeySetId(id)) => format!("key set id {} (TDES)", hex(id)),
        Content::BdkId(BdkId::Aes(id)) => format!("BDK id {} (AES)", hex(id)),
        Content::Certificates(chain) => {
            let all: Vec<_> = chain
                .iter()
                .map(|certificate| match certificate.format() {
                    CertificateFormat::Emv => "EMV",
                    _ => "X.509",
                })
                .collect();
            format!("{} of {} characters", all.join(", "), chain_length(chain))
        }
        Content::DerivationsAllowed(all) => {
            let all = all.iter().map(|it| {
                let (usage, family) = (words::usage(it.usage), words::family(it.algorithm));
                let exportability = words::exportability(it.exportability);
                format!("{usage}, {family}, {}, {exportability}", words::mode(it.mode))
            });
            all.collect::<Vec<_>>().join("; ")
        }
        Content::HmacHash(hash) => hmac_hash(*hash).into(),
        Content::InitialKeyId(id) => {
            format!("BDK id {}, derivation id {}", hex(&id.bdk_id()), hex(&id.derivation_id()))
        }
        Content::CheckValue(value) => {
            let method = match value.method() {
                CheckMethod::Legacy => "of zeros",
                CheckMethod::Cmac => "CMAC",
                _ => words::UNKNOWN,
            };
            format!("{} ({method})", hex(value.as_bytes()))
        }
        Content::InitialKsn(InitialKsn::Full(ksn)) => {
            let (set, device) = (hex(&ksn.key_set_id()), ksn.device_id());
            format!("{ksn} (key set {set}, device {device:05X})")
        }
        Content::InitialKsn(InitialKsn::Legacy(ksn)) => format!("{} (without counter)", hex(ksn)),
        Content::Timestamp(time) => {
            let ((year, month, day), (hour, minute, second)) = (time.date(), time.time());
            let hundredth = time.hundredth().map(|it| format!(".{it:02}")).unwrap_or_default();
            format!(
                "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{hundredth} UTC"
            )
        }
        Content::WrappingPedigree(pedigree) => wrapping_pedigree(*pedigree).into(),
        _ => return None,
    })
}

fn chain_length(chain: &[tr31::Certificate<'_>]) -> usize {
    chain.iter().map(|certificate| certificate.base64().len()).sum()
}

const fn hmac_hash(hash: HmacHash) -> &'static str {
    match hash {
        HmacHash::Sha1 => "SHA-1",
        HmacHash::Sha224 => "SHA-224",
        HmacHash::Sha256 => "SHA-256",
        HmacHash::Sha384 => "SHA-384",
        HmacHash::Sha512 => "SHA-512",
        HmacHash::Sha512With224 => "SHA-512/224",
        HmacHash::Sha512With256 => "SHA-512/256",
        HmacHash::Sha3With224 => "SHA3-224",
        HmacHash::Sha3With256 => "SHA3-256",
        HmacHash::Sha3With384 => "SHA3-384",
        HmacHash::Sha3With512 => "SHA3-512",
        HmacHash::Shake128 => "SHAKE128",
        HmacHash::Shake256 => "SHAKE256",
        _ => words::UNKNOWN,
    }
}

const fn wrapping_pedigree(pedigree: WrappingPedigree) -> &'static str {
    match pedigree {
        WrappingPedigree::EqualOrGreater => "wrapped by keys of equal or greater strength only",
        WrappingPedigree::Lesser => "wrapped by a weaker key once",
        WrappingPedigree::Asymmetric => "wrapped by an asymmetric key once",
        WrappingPedigree::LesserAndAsymmetric => {
            "wrapped by a weaker key and by an asymmetric one once"
        }
        _ => words::UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use tr31::OptionalBlockId;

    use super::*;

    #[test]
    fn data_are_said_in_words() {
        let words = |id: &[u8; 2], data: &str| {
            let id = OptionalBlockId::from_code(*id).unwrap();
            OptionalBlockShown::new(None, &OptionalBlock::new(id, data).unwrap()).in_words()
        };
        assert_eq!(words(b"KC", "0008D7B4"), "check value of the key: 08D7B4 (of zeros)");
        assert_eq!(words(b"HM", "21"), "hash of the HMAC key: SHA-256");
        assert_eq!(
            words(b"KS", "FFFF9876543210E00000"),
            "initial key serial number of TDES DUKPT: \
             FFFF9876543210E00000 (key set FFFF987654, device 19087)"
        );
        assert_eq!(
            words(b"TS", "20261123040506Z"),
            "time of forming of the block: 2026-11-23 04:05:06 UTC"
        );
        assert_eq!(
            words(b"DA", "01P0AEN"),
            "derivations allowed: PIN encryption, AES, encrypt and wrap only, not exportable"
        );
        assert_eq!(words(b"LB", "terminal 7"), "label: terminal 7");
        for hash in HmacHash::ALL {
            assert_ne!(hmac_hash(*hash), words::UNKNOWN);
        }
    }
}
