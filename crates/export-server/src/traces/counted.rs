//! How many spans were made, taken and lost.

use core::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};
use prometheus_client::metrics::counter::Counter;

/// What became of spans.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanCounters {
    /// Those that are to be exported.
    pub(crate) ended: Counter,
    /// Those that a collector took.
    pub(crate) exported: Counter,
    /// Those that no collector took.
    pub(crate) lost: Counter,
}

/// A processor that counts spans before it passes them on.
#[derive(Debug)]
pub(super) struct CountedProcessor<P> {
    inner: P,
    counters: SpanCounters,
}

impl<P> CountedProcessor<P> {
    pub(super) const fn new(inner: P, counters: SpanCounters) -> Self {
        Self { inner, counters }
    }
}

impl<P: SpanProcessor> SpanProcessor for CountedProcessor<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            self.counters.ended.inc();
        }
        self.inner.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// An exporter that counts what a collector took and what it did not.
#[derive(Debug)]
pub(super) struct CountedExporter<E> {
    inner: E,
    counters: SpanCounters,
}

impl<E> CountedExporter<E> {
    pub(super) const fn new(inner: E, counters: SpanCounters) -> Self {
        Self { inner, counters }
    }
}

impl<E: SpanExporter> SpanExporter for CountedExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let outcome = self.inner.export(batch).await;
        let counter = if outcome.is_ok() { &self.counters.exported } else { &self.counters.lost };
        counter.inc_by(spans);
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
