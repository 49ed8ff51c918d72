//! The self-test at the start: every algorithm the server works with is held against an answer
//! known from its standard, and the random source is looked at.
//!
//! A machine, a build or a library that computes anything else must not touch a key.

mod algorithms;
mod random;
mod rsa;

use std::time::Instant;

use base16ct::mixed;
use export_api::ports::Randomness;
use payment_pki::SignatureAlgorithm::{EcdsaSha256, EcdsaSha384, EcdsaSha512};
use serde::{Deserialize, Deserializer};

use self::algorithms::Kind;
use self::rsa::{Rsa, verified};

/// The answers, each with the place where it is published.
const ANSWERS: &str = include_str!("self_test/answers.json");

/// What does not work as it must.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelfTestError {
    /// An algorithm gives another answer than its standard.
    #[error("the self-test of {name} fails ({source_of_answer}); nothing is served")]
    Answer {
        /// The algorithm.
        name: String,
        /// Where the answer is published.
        source_of_answer: String,
    },
    /// The random source does not answer, or repeats itself.
    #[error("the self-test of the random source fails ({problem}); nothing is served")]
    Random {
        /// What it does.
        problem: &'static str,
    },
    /// The answers of this build cannot be read.
    #[error("the answers of the self-test are damaged; nothing is served")]
    Unreadable,
}

/// A known answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    name: String,
    source: String,
    kind: Kind,
    #[serde(default, deserialize_with = "hex")]
    key: Vec<u8>,
    #[serde(default, deserialize_with = "hex")]
    nonce: Vec<u8>,
    #[serde(deserialize_with = "hex")]
    input: Vec<u8>,
    #[serde(deserialize_with = "hex")]
    expected: Vec<u8>,
}

/// Tests everything; takes a few milliseconds, after the library for RSA has gathered randomness of
/// its own, which it does once and the first signature would otherwise wait for.
///
/// # Errors
///
/// [`SelfTestError`] names what fails first.
pub async fn run(randomness: &impl Randomness) -> Result<(), SelfTestError> {
    let start = Instant::now();
    rsa::seed()?;
    let seeding = start.elapsed();
    let start = Instant::now();
    let answers = answers()?;
    let rsa = Rsa::default();
    for answer in &answers {
        answer.check(&rsa).await?;
    }
    random::check(randomness)?;
    let elapsed = start.elapsed();
    tracing::info!(answers = answers.len(), ?elapsed, ?seeding, "the self-test passed");
    Ok(())
}

fn answers() -> Result<Vec<Answer>, SelfTestError> {
    serde_json::from_str(ANSWERS).map_err(|_| SelfTestError::Unreadable)
}

impl Answer {
    async fn check(&self, rsa: &Rsa) -> Result<(), SelfTestError> {
        let Self { kind, key, nonce, input, expected, .. } = self;
        let outcome = match kind {
            Kind::RsaOaepSha256 => rsa.decrypted(key, input).await,
            Kind::RsaSignSha256 => rsa.signed(key, input).await,
            Kind::EcdsaVerifySha256 => verified(&rsa.keys, EcdsaSha256, key, input, expected),
            Kind::EcdsaVerifySha384 => verified(&rsa.keys, EcdsaSha384, key, input, expected),
            Kind::EcdsaVerifySha512 => verified(&rsa.keys, EcdsaSha512, key, input, expected),
            kind => kind.compute(key, nonce, input),
        };
        // Back again, where there is a way back: the other half of a cipher is used as well.
        let is_right = outcome.as_ref() == Ok(expected)
            && kind.undo(key, nonce, expected).is_none_or(|back| back.as_ref() == Ok(input));
        if is_right {
            return Ok(());
        }
        let (name, source_of_answer) = (self.name.clone(), self.source.clone());
        Err(SelfTestError::Answer { name, source_of_answer })
    }
}

fn hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let digits = String::deserialize(deserializer)?;
    mixed::decode_vec(&digits).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use export_api::ports::RandomnessUnavailable;

    use super::*;
    use crate::randomness::OsRandomness;

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn check(answer: &Answer) -> Result<(), SelfTestError> {
        // Each with nothing held, because a changed key has the same name.
        block_on(answer.check(&Rsa::default()))
    }

    #[test]
    fn everything_answers_as_its_standard_says() {
        block_on(run(&OsRandomness)).unwrap();
        assert_eq!(answers().unwrap().len(), 22);
    }

    #[test]
    fn each_broken_answer_is_refused_by_its_name() {
        for index in 0..answers().unwrap().len() {
            let mut answer = answers().unwrap().remove(index);
            assert_eq!(check(&answer), Ok(()), "{}", answer.name);
            *answer.expected.last_mut().unwrap() ^= 1;
            let refused = check(&answer).unwrap_err();
            let said = refused.to_string();
            assert!(said.contains(&answer.name) && said.contains("nothing is served"), "{said}");

            *answer.expected.last_mut().unwrap() ^= 1;
            *answer.input.first_mut().unwrap() ^= 1;
            assert!(check(&answer).is_err(), "another input of {}", answer.name);
            *answer.input.first_mut().unwrap() ^= 1;
            if let Some(byte) = answer.key.last_mut() {
                *byte ^= 2;
                assert!(check(&answer).is_err(), "another key of {}", answer.name);
            }
        }
    }

    #[test]
    fn a_broken_random_source_is_refused() {
        struct Silent;
        impl Randomness for Silent {
            fn fill(&self, _: &mut [u8]) -> Result<(), RandomnessUnavailable> {
                Err(RandomnessUnavailable)
            }
        }
        let refused = block_on(run(&Silent)).unwrap_err();
        assert!(matches!(refused, SelfTestError::Random { .. }), "{refused:?}");
    }
}
