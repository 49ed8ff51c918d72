//! `tr34/build`: key tokens, byte for byte from given randomness.

use key_types::HashAlgorithm;
use payment_pki::{Certificate, Crl, SigningKey};
use serde::Deserialize;
use test_vectors::Hex;
use tr34::{
    AttributeOrder, ContentCipher, CrlPlacement, KeyHeader, KeyTokenSpec, Layout, Nonce, Relaxation,
};

use super::operation::{Answer, Members, Operation, inputs};
use super::randomness::Given;
use super::tr34_open::{certificate, secret, time};

pub(super) const OPERATION: Operation =
    Operation { name: "tr34/build", outputs: &["token"], remarks: &[], answer };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    layout: char,
    passes: u8,
    key: Hex,
    header: String,
    nonce: Option<Hex>,
    signing_time: Option<String>,
    content_cipher: String,
    cek: Hex,
    iv: Hex,
    oaep_seed: Hex,
    oaep: String,
    attribute_order: String,
    signed_data_version: u8,
    signature_algorithm: String,
    oaep_parameters: String,
    ciphertext_placement: String,
    enveloped_data_sequence: bool,
    key_block_version: u8,
    header_form: String,
    kdh_key_pem: String,
    kdh_cert_pem: String,
    krd_cert_pem: String,
    crl: Option<Hex>,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    Ok(Answer::from_result(build(&inputs)))
}

fn build(inputs: &Inputs) -> Result<Answer, &'static str> {
    // The mixed OAEP of the printed samples is opened and never made.
    if inputs.oaep != "SHA256_MGF1_SHA256" {
        return Err("OaepNotOffered");
    }
    let layout = Layout::from_code(inputs.layout).ok_or("LayoutUnknown")?;
    inputs.check_choices(layout)?;
    let spec = match (inputs.passes, &inputs.nonce, &inputs.signing_time) {
        (2, Some(nonce), None) => {
            KeyTokenSpec::two_pass(Nonce::new(nonce.as_bytes()).map_err(|error| error.code())?)
        }
        (1, None, Some(signing_time)) => KeyTokenSpec::one_pass(time(signing_time)?),
        _ => return Err("PassesUnclear"),
    };
    let cipher = match inputs.content_cipher.as_str() {
        "AES_128_CBC" => ContentCipher::Aes128Cbc,
        "TDES_3KEY_CBC" => ContentCipher::Tdes3KeyCbc,
        _ => return Err("ContentCipherUnknown"),
    };
    let order = match inputs.attribute_order.as_str() {
        "der" => AttributeOrder::Der,
        "fixed" => AttributeOrder::Fixed,
        _ => return Err("AttributeOrderUnknown"),
    };
    let crl = inputs.crl.as_ref().map(|crl| Crl::from_der(crl.as_bytes()));
    let crl = crl.transpose().map_err(|error| error.code())?;
    let placement = if crl.is_some() { CrlPlacement::Inside } else { CrlPlacement::Absent };
    // Some of the cases have AES-128 under RSA-2048, to show the form alone.
    let spec = spec
        .with_layout(layout)
        .with_content_cipher(cipher)
        .with_attribute_order(order)
        .with_crl(placement)
        .allowing(Relaxation::WeakerRecipient);

    let key = secret(inputs.key.as_bytes())?;
    let header = KeyHeader::parse(&inputs.header).map_err(|error| error.code())?;
    let (sender, recipient): (Certificate, Certificate) =
        (certificate(&inputs.kdh_cert_pem)?, certificate(&inputs.krd_cert_pem)?);
    let mut random = Given::new(&[&inputs.cek, &inputs.iv, &inputs.oaep_seed]);
    let (sender, key) = ((&sender, crl.as_ref()), (&key, &header));
    let unsigned = tr34::danger::wrap_unvalidated(sender, key, &recipient, &spec, &mut random);
    let signing_key = SigningKey::der_from_pem(&inputs.kdh_key_pem)
        .and_then(|der| SigningKey::from_pkcs8(&der, HashAlgorithm::Sha256))
        .map_err(|error| error.code())?;
    let token = unsigned.and_then(|unsigned| unsigned.signed_by(&signing_key, &mut random));
    let token = token.map_err(|error| error.code())?;
    Ok(Answer::gave([("token", Hex::from(token.as_slice()).to_string().into())]))
}

impl Inputs {
    /// A case spells out what its layout is; our layouts have it by name, so they must agree.
    fn check_choices(&self, layout: Layout) -> Result<(), &'static str> {
        let is_cms = matches!(layout, Layout::StrictCms | Layout::AnnexD);
        let is_nested = matches!(layout, Layout::AnnexB2019 | Layout::X9Tr34_2012);
        let by_name = |is_so, yes, no| if is_so { yes } else { no };
        let agrees = self.signed_data_version == if is_cms { 3 } else { 1 }
            && self.signature_algorithm
                == by_name(is_cms, "sha256WithRSAEncryption", "rsaEncryption")
            && self.oaep_parameters == by_name(is_cms, "tagged", "untagged")
            && self.ciphertext_placement == by_name(is_nested, "nested", "sibling")
            && self.enveloped_data_sequence != (layout == Layout::X9Tr34_2012)
            && self.key_block_version == u8::from(layout != Layout::AnnexD)
            && self.header_form == by_name(layout == Layout::AnnexD, "octetString", "attribute");
        if agrees { Ok(()) } else { Err("ChoicesOfNoLayout") }
    }
}
