//! What a key token is to be like.

use payment_pki::UnixTime;

use crate::layout::{AttributeOrder, Choices, CrlPlacement};
use crate::policy::Relaxations;
use crate::{ContentCipher, Layout, Nonce, Relaxation};

/// How a receiver knows that a token is fresh.
#[derive(Debug)]
pub(crate) enum Freshness {
    Nonce(Nonce),
    SigningTime(UnixTime),
}

/// What a key token is to be like: one pass or two, its layout, its content cipher.
///
/// ```
/// use tr34::{ContentCipher, KeyTokenSpec, Layout, Nonce};
///
/// let spec = KeyTokenSpec::two_pass(Nonce::new(&[0xAB; 16])?)
///     .with_layout(Layout::StrictCms)
///     .with_content_cipher(ContentCipher::Aes128Cbc);
/// assert_eq!(spec.layout(), Layout::StrictCms);
/// # Ok::<(), tr34::Error>(())
/// ```
#[derive(Debug)]
pub struct KeyTokenSpec {
    freshness: Freshness,
    layout: Layout,
    content_cipher: Option<ContentCipher>,
    order: Option<AttributeOrder>,
    crl: Option<CrlPlacement>,
    relaxations: Relaxations,
}

impl KeyTokenSpec {
    /// A token that is fresh by the nonce of the receiver, which is used up.
    #[must_use]
    pub fn two_pass(nonce: Nonce) -> Self {
        Self::of(Freshness::Nonce(nonce))
    }

    /// A token that is fresh by its time of signing.
    #[must_use]
    pub fn one_pass(signing_time: UnixTime) -> Self {
        Self::of(Freshness::SigningTime(signing_time))
    }

    fn of(freshness: Freshness) -> Self {
        Self {
            freshness,
            layout: Layout::default(),
            content_cipher: None,
            order: None,
            crl: None,
            relaxations: Relaxations::default(),
        }
    }

    /// The same, in another layout than the default.
    #[must_use]
    pub fn with_layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// The same, with another content cipher than the usual one for the key.
    #[must_use]
    pub fn with_content_cipher(self, cipher: ContentCipher) -> Self {
        Self { content_cipher: Some(cipher), ..self }
    }

    /// The same, with the signed attributes in another order than that of the layout.
    #[must_use]
    pub fn with_attribute_order(self, order: AttributeOrder) -> Self {
        Self { order: Some(order), ..self }
    }

    /// The same, with or without revocation list, whatever the layout has.
    #[must_use]
    pub fn with_crl(self, crl: CrlPlacement) -> Self {
        Self { crl: Some(crl), ..self }
    }

    /// The same, with one rule that may be broken.
    #[must_use]
    pub fn allowing(self, relaxation: Relaxation) -> Self {
        Self { relaxations: self.relaxations.with(relaxation), ..self }
    }

    /// The layout.
    #[must_use]
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    pub(crate) const fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    pub(crate) const fn content_cipher(&self) -> Option<ContentCipher> {
        self.content_cipher
    }

    pub(crate) const fn allows(&self, relaxation: Relaxation) -> bool {
        self.relaxations.allow(relaxation)
    }

    pub(crate) fn choices(&self) -> Choices {
        let usual = self.layout.choices();
        Choices {
            order: self.order.unwrap_or(usual.order),
            crl: self.crl.unwrap_or(usual.crl),
            ..usual
        }
    }
}
