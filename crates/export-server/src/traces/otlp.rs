//! Spans to an OpenTelemetry collector, in batches and off the threads that answer requests.
//!
//! The form is OTLP over HTTP with protobuf; the parent comes from the headers of W3C Trace Context.

use std::env;
use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use axum::http::{HeaderMap, Uri};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::Identity;
use tracing_subscriber::registry::LookupSpan;

use super::collector::Collector;
use super::counted::{CountedExporter, CountedProcessor};
use super::{SpanCounters, TARGET};
use crate::metrics::Metrics;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/// How long the last spans may take when the server stops.
const CLOSING: Duration = Duration::from_secs(3);

/// Where spans go: to a collector, or nowhere if the environment names none.
#[derive(Debug)]
#[non_exhaustive]
pub struct Traces {
    provider: Option<SdkTracerProvider>,
    counters: SpanCounters,
}

impl Traces {
    /// Reads the environment as OpenTelemetry has it. A collector must be named: nothing is sent
    /// to the usual place unasked.
    ///
    /// # Errors
    ///
    /// If the address is not one on this machine, or a setting is one that is not offered.
    pub fn from_environment(runtime: &Handle) -> anyhow::Result<Self> {
        let counters = SpanCounters::default();
        let Some((name, endpoint)) = endpoint(variable) else {
            return Ok(Self { provider: None, counters });
        };
        check_endpoint(&endpoint).with_context(|| format!("the setting {name}"))?;
        check_protocol(variable)?;
        let client = Collector::new(runtime.clone(), timeout(variable));
        let exporter = SpanExporter::builder().with_http().with_http_client(client).build()?;
        let exporter = CountedExporter::new(exporter, counters.clone());
        let batches = BatchSpanProcessor::builder(exporter).build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource(variable))
            .with_span_processor(CountedProcessor::new(batches, counters.clone()))
            .build();
        Ok(Self { provider: Some(provider), counters })
    }

    /// What joins the log and takes the spans, and nothing else.
    #[must_use]
    pub fn layer<S>(&self) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let Some(provider) = &self.provider else {
            // A layer without a filter would have everything made, down to the last span.
            return Identity::new().with_filter(LevelFilter::OFF).boxed();
        };
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("export-server"))
            // Where in the source a span begins, and on which thread, says nothing to its readers.
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false);
        let filter = filter_fn(|it| it.is_span() && it.target() == TARGET);
        layer.with_filter(filter.with_max_level_hint(LevelFilter::INFO)).boxed()
    }

    /// Says in the metrics what becomes of spans, if they are sent.
    pub fn count_in(&self, metrics: &Metrics) {
        if self.provider.is_some() {
            metrics.count_spans(&self.counters);
        }
    }

    /// Sends what is left, for at most three seconds.
    pub async fn close(self) {
        let Some(provider) = self.provider else { return };
        let closed = spawn_blocking(move || provider.shutdown_with_timeout(CLOSING)).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::warn!("the last spans did not reach the collector");
        }
    }
}

/// Makes a span a part of the trace that a request names, if it names one.
pub(super) fn take_on(span: &Span, headers: &HeaderMap) {
    if span.is_none() {
        return;
    }
    let context = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    // Without a tracer there is nothing that could have a parent.
    let _ = span.set_parent(context);
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The address of a collector, and what it was named by.
fn endpoint(variable: impl Fn(&str) -> Option<String>) -> Option<(&'static str, String)> {
    let is_off = variable("OTEL_SDK_DISABLED").is_some_and(|it| it.eq_ignore_ascii_case("true"))
        || variable("OTEL_TRACES_EXPORTER").is_some_and(|it| it != "otlp");
    if is_off {
        return None;
    }
    [TRACES_ENDPOINT, ENDPOINT].into_iter().find_map(|name| Some((name, variable(name)?)))
}

fn check_endpoint(text: &str) -> anyhow::Result<()> {
    let address: Uri = text.parse().context("it is no address")?;
    let host = address.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    ensure!(
        address.scheme_str() == Some("http") && is_here,
        "spans are sent by http:// to a collector on this machine, which may pass them on"
    );
    Ok(())
}

fn check_protocol(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<()> {
    for name in ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"] {
        let protocol = variable(name);
        ensure!(
            protocol.is_none_or(|it| it == "http/protobuf"),
            "the setting {name}: only http/protobuf is offered"
        );
    }
    Ok(())
}

fn timeout(variable: impl Fn(&str) -> Option<String>) -> Duration {
    let names = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
    let given = names.into_iter().find_map(variable);
    let milliseconds = given.and_then(|it| it.parse().ok()).unwrap_or(10_000);
    Duration::from_millis(milliseconds)
}

/// Who sends: what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say, else the program's name.
fn resource(variable: impl Fn(&str) -> Option<String>) -> Resource {
    let attributes = variable("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    let is_named = variable("OTEL_SERVICE_NAME").is_some() || attributes.contains("service.name=");
    match is_named {
        true => Resource::builder().build(),
        false => Resource::builder().with_service_name("export-server").build(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let find = |name: &str| pairs.iter().find(|pair| pair.0 == name);
        move |name| find(name).map(|pair| pair.1.to_owned())
    }

    #[test]
    fn spans_go_where_they_are_asked_for_and_no_farther() {
        for good in ["http://localhost:4318", "http://127.0.0.1:4318/v1/traces", "http://[::1]:1"] {
            assert!(check_endpoint(good).is_ok(), "{good}");
        }
        for bad in ["https://localhost:4318", "http://collector.example:4318", "localhost:4318", ""]
        {
            assert!(check_endpoint(bad).is_err(), "{bad}");
        }
        assert_eq!(endpoint(given(&[])), None);
        let both = &[(ENDPOINT, "http://a"), (TRACES_ENDPOINT, "http://b")];
        assert_eq!(endpoint(given(both)), Some((TRACES_ENDPOINT, "http://b".to_owned())));
        let off = &[(ENDPOINT, "http://a"), ("OTEL_SDK_DISABLED", "TRUE")];
        assert_eq!(endpoint(given(off)), None);
        let off = &[(ENDPOINT, "http://a"), ("OTEL_TRACES_EXPORTER", "none")];
        assert_eq!(endpoint(given(off)), None);
        assert!(check_protocol(given(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")])).is_err());
        assert!(check_protocol(given(&[])).is_ok());
    }
}
