//! The standards this project names, each once, with its edition.

/// A document that is cited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standard {
    /// How it is cited, the edition included where several are in use.
    pub name: &'static str,
    /// The edition that is meant.
    pub edition: &'static str,
    /// What it is about.
    pub title: &'static str,
}

const fn standard(name: &'static str, edition: &'static str, title: &'static str) -> Standard {
    Standard { name, edition, title }
}

/// All of them, in the order in which clauses are listed.
#[rustfmt::skip]
pub const STANDARDS: &[Standard] = &[
    standard("ANSI X9.143:2021", "2021", "key blocks"),
    standard("TR-31:2018", "2018", "key blocks, the report before the standard"),
    standard("ISO 20038:2017", "2017", "key blocks under AES"),
    standard("ANSI X9.24-1:2009", "2009", "TDES DUKPT"),
    standard("ANSI X9.24-1:2017", "2017", "symmetric key management, check values"),
    standard("ANSI X9.24-3:2017", "2017", "AES DUKPT"),
    standard("ANSI X9.52", "1998", "modes of TDEA"),
    standard("ASC X9 TR 34", "2019", "keys under certificates"),
    standard("ISO 9564-1", "2017", "PIN blocks"),
    standard("ISO/IEC 9797-1", "2011", "MACs by block ciphers"),
    standard("ISO 8601-1:2019", "2019", "dates and times"),
    standard("ITU-T X.690", "2021", "BER and DER"),
    standard("FIPS 46-3", "1999", "DES"),
    standard("FIPS 180-4", "2015", "SHA"),
    standard("FIPS 186-5", "2023", "signatures"),
    standard("FIPS 198-1", "2008", "HMAC"),
    standard("NIST SP 800-38A", "2001", "modes of block ciphers"),
    standard("NIST SP 800-38B", "2016", "CMAC"),
    standard("NIST SP 800-57 part 1 rev. 5", "2020", "strengths of keys"),
    standard("NIST SP 800-67 rev. 2", "2017", "TDEA"),
    standard("NIST SP 800-90B", "2018", "health of random sources"),
    standard("PKCS #11", "3.1", "tokens"),
    standard("SEC 1", "2.0", "elliptic curves"),
    standard("RFC 2315", "1998", "PKCS #7"),
    standard("RFC 2985", "2000", "attributes of PKCS #9"),
    standard("RFC 2986", "2000", "certificate signing requests"),
    standard("RFC 3279", "2002", "algorithms of certificates"),
    standard("RFC 3370", "2002", "algorithms of CMS"),
    standard("RFC 3565", "2003", "AES in CMS"),
    standard("RFC 4055", "2005", "RSA in certificates"),
    standard("RFC 4648", "2006", "base64"),
    standard("RFC 5035", "2007", "the signing certificate as attribute"),
    standard("RFC 5246", "2008", "TLS 1.2"),
    standard("RFC 5280", "2008", "certificates and revocation lists"),
    standard("RFC 5480", "2009", "elliptic curves in certificates"),
    standard("RFC 5652", "2009", "CMS"),
    standard("RFC 5758", "2010", "SHA-2 in certificates"),
    standard("RFC 5915", "2010", "private keys on elliptic curves"),
    standard("RFC 5958", "2010", "private keys of any algorithm"),
    standard("RFC 6211", "2011", "algorithm protection in CMS"),
    standard("RFC 7093", "2013", "key identifiers by SHA-2"),
    standard("RFC 7468", "2015", "PEM"),
    standard("RFC 7512", "2015", "URIs of keys in tokens"),
    standard("RFC 8017", "2016", "RSA"),
    standard("RFC 8446", "2018", "TLS 1.3"),
    standard("RFC 8452", "2019", "AES-GCM-SIV"),
    standard("RFC 9106", "2021", "Argon2"),
    standard("RFC 9562", "2024", "UUIDs"),
    standard("AWS CloudTrail record contents", "1.09", "audit records"),
    standard("AWS Signature Version 4", "2012", "signed requests"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_standard_stands_here_once_and_an_edition_in_its_name_is_its_edition() {
        let names: BTreeSet<_> = STANDARDS.iter().map(|standard| standard.name).collect();
        assert_eq!(names.len(), STANDARDS.len());
        for Standard { name, edition, .. } in STANDARDS {
            let named = name.split_once(':').map_or(*edition, |(_, edition)| edition);
            assert_eq!(named, *edition, "{name}");
        }
    }
}
