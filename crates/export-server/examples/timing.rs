//! Whether an unknown access key can be told from a bad signature by the time a refusal takes.
//!
//! `cargo run --release -p export-server --example timing [SAMPLES]` refuses both in turns that a
//! generator decides, and prints Welch's t for the two groups, over all samples and without the
//! slowest tenth, which is mostly the machine's doing. Beyond 4.5 either way they can be told apart.
//! The third line is two groups of the same, for comparison.

#![allow(clippy::print_stdout, reason = "this is what it is for")]

use std::hint::black_box;
use std::time::Instant;

use anyhow::ensure;
use axum::http::{HeaderMap, HeaderValue, Method};
use export_api::{Realm, Timestamp};
use export_server::randomness::OsRandomness;
use export_server::sigv4::{Credential, Refusal, SignedRequest, Verifier};

const SAMPLES: usize = 1_000_000;
const NOW: Timestamp = Timestamp::from_milliseconds(1_440_938_160_000);
const BODY: &[u8] = br#"{"KeyState": "CREATE_COMPLETE", "MaxResults": 10}"#;
const KNOWN: &str = "AKIAIOSFODNN7EXAMPLE";
const UNKNOWN: &str = "AKIAI44QH8DHBEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn main() -> anyhow::Result<()> {
    let samples = std::env::args().nth(1).map_or(Ok(SAMPLES), |text| text.parse())?;
    let realm = Realm::new("us-east-1", "111122223333")?;
    let known = Credential::new(KNOWN.parse()?, SECRET.parse()?);
    let verifier = Verifier::new(&realm, [known], &OsRandomness)?;
    let (bad, unknown) = (request(KNOWN)?, request(UNKNOWN)?);
    ensure!(refusal(&verifier, &bad) == Err(Refusal::Mismatch), "the signature is not refused");
    ensure!(refusal(&verifier, &unknown) == Err(Refusal::Unrecognized), "the key is known");

    let groups = measured(&verifier, [&bad, &unknown], samples);
    println!("{samples} refusals, in turns: a bad signature, an unknown access key");
    println!("all samples:               {}", compared(&groups));
    println!("without the slowest tenth: {}", compared(&cropped(groups)));
    let same = measured(&verifier, [&bad, &bad], samples);
    println!("twice the same, likewise:  {}", compared(&cropped(same)));
    Ok(())
}

/// A request as it arrives, signed by nobody.
fn request(access_key_id: &str) -> anyhow::Result<HeaderMap> {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={access_key_id}/20150830/us-east-1/payment-cryptography/\
         aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={}",
        "0f".repeat(32)
    );
    let mut headers = HeaderMap::new();
    headers.insert("authorization", authorization.try_into()?);
    for (name, value) in [
        ("content-type", "application/x-amz-json-1.0"),
        ("host", "127.0.0.1:8131"),
        ("x-amz-date", "20150830T123600Z"),
        ("x-amz-target", "PaymentCryptographyControlPlane.ListKeys"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(headers)
}

fn refusal(verifier: &Verifier, headers: &HeaderMap) -> Result<(), Refusal> {
    let request = SignedRequest { method: &Method::POST, headers, body: BODY };
    verifier.verify(request, NOW).map(drop)
}

/// How long each refusal took, in nanoseconds.
fn measured(verifier: &Verifier, requests: [&HeaderMap; 2], samples: usize) -> [Vec<f64>; 2] {
    let mut groups = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
    let mut random = 2026_u64;
    for _ in 0..samples {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let second = random >> 63 == 1;
        let [(first, one), (other, two)] = {
            let [one, two] = &mut groups;
            [(requests[0], one), (requests[1], two)]
        };
        let (headers, group) = if second { (other, two) } else { (first, one) };
        let start = Instant::now();
        let outcome = refusal(verifier, black_box(headers));
        let taken = start.elapsed();
        drop(black_box(outcome));
        group.push(taken.as_secs_f64() * 1e9);
    }
    groups
}

/// Both groups without what took longer than nine tenths of all.
fn cropped(groups: [Vec<f64>; 2]) -> [Vec<f64>; 2] {
    let mut all: Vec<f64> = groups.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let longest = all.get(all.len() * 9 / 10).copied().unwrap_or(f64::INFINITY);
    groups.map(|group| group.into_iter().filter(|taken| *taken < longest).collect())
}

/// The means of both groups, and Welch's t.
fn compared([one, other]: &[Vec<f64>; 2]) -> String {
    let ((mean, error), (other_mean, other_error)) = (moments(one), moments(other));
    let t = (mean - other_mean) / (error + other_error).sqrt();
    format!("{mean:.1} ns and {other_mean:.1} ns, t = {t:.2}")
}

/// The mean of a group, and the square of its standard error.
fn moments(group: &[f64]) -> (f64, f64) {
    let mut count = 0.0;
    let mut mean = 0.0;
    let mut squares = 0.0;
    for taken in group {
        count += 1.0;
        let distance = taken - mean;
        mean += distance / count;
        squares += distance * (taken - mean);
    }
    (mean, squares / (count - 1.0) / count)
}
