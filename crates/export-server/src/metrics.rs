//! What happens, in numbers, for Prometheus.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use export_api::{KeyState, Named, Operation};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

#[cfg(feature = "otel")]
use crate::traces::SpanCounters;

/// The media type of the numbers.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of durations in seconds: from a header that is refused to an RSA key pair.
const BOUNDS: [f64; 12] =
    [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// The operation of a request that has none that is known.
const NO_OPERATION: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    operation: &'static str,
    /// `OK`, or the code of the refusal.
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOperation {
    operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

/// How much was written somewhere, and how long the disk took for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// What was acknowledged: batches, or lines.
    pub entries: u64,
    /// How often the disk was waited for.
    pub syncs: u64,
    /// How long, in all.
    pub time: Duration,
}

impl Written {
    /// So many entries, made durable so many times, in so much time.
    #[must_use]
    pub const fn new(entries: u64, syncs: u64, time: Duration) -> Self {
        Self { entries, syncs, time }
    }
}

/// Three counters that are set from elsewhere.
#[derive(Clone, Debug, Default)]
struct WrittenCounters {
    entries: Counter,
    syncs: Counter,
    seconds: Counter<f64, AtomicU64>,
}

impl WrittenCounters {
    fn register(registry: &mut Registry, place: &str, entries: &str) -> Self {
        let this = Self::default();
        let name = |what: &str| format!("{place}_{what}");
        registry.register(
            name(entries),
            format!("What the {place} acknowledged"),
            this.entries.clone(),
        );
        registry.register(
            name("syncs"),
            format!("How often the {place} waited for the disk"),
            this.syncs.clone(),
        );
        registry.register_with_unit(
            name("sync_time"),
            format!("How long the {place} waited for the disk"),
            Unit::Seconds,
            this.seconds.clone(),
        );
        this
    }

    fn set(&self, written: Written) {
        use std::sync::atomic::Ordering::Relaxed;
        self.entries.inner().store(written.entries, Relaxed);
        self.syncs.inner().store(written.syncs, Relaxed);
        self.seconds.inner().store(written.time.as_secs_f64().to_bits(), Relaxed);
    }
}

/// What the store and the audit trail wrote.
type Source = Box<dyn Fn() -> (Written, Written) + Send + Sync>;

/// The numbers of one endpoint.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Outcome, Counter>,
    durations: Family<OfOperation, Histogram>,
    in_flight: Gauge,
    keys: Family<InState, Gauge>,
    store: WrittenCounters,
    audit: WrittenCounters,
    source: OnceLock<Source>,
}

impl Metrics {
    /// All zero.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let mut registry = Registry::with_prefix("export_server");
        let requests = Family::<Outcome, Counter>::default();
        let durations =
            Family::<OfOperation, Histogram>::new_with_constructor(|| Histogram::new(BOUNDS));
        let (in_flight, keys) = (Gauge::default(), Family::<InState, Gauge>::default());
        registry.register(
            "requests",
            "Requests by operation and code of the answer",
            requests.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "From the whole header to the answer",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register("requests_in_flight", "Requests not answered yet", in_flight.clone());
        registry.register("keys", "Keys by state, as counted a minute ago at most", keys.clone());
        let store = WrittenCounters::register(&mut registry, "store", "batches");
        let audit = WrittenCounters::register(&mut registry, "audit", "lines");
        Arc::new(Self {
            registry: Mutex::new(registry),
            requests,
            durations,
            in_flight,
            keys,
            store,
            audit,
            source: OnceLock::new(),
        })
    }

    /// Says whom to ask what the store and the audit trail wrote; the first one stays.
    pub fn ask(&self, source: impl Fn() -> (Written, Written) + Send + Sync + 'static) {
        let _ = self.source.set(Box::new(source));
    }

    /// Says how many keys there are in each state.
    pub fn count_keys(&self, counts: impl IntoIterator<Item = (KeyState, u64)>) {
        for (state, count) in counts {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.keys.get_or_create(&InState { state: state.name() }).set(count);
        }
    }

    /// Tells from now on what becomes of spans.
    #[cfg(feature = "otel")]
    pub(crate) fn count_spans(&self, counters: &SpanCounters) {
        let SpanCounters { ended, exported, lost } = counters;
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, help, counter) in [
            ("trace_spans_ended", "Spans that were to be exported", ended),
            ("trace_spans_exported", "Spans that the collector took", exported),
            ("trace_spans_lost", "Spans that could not be handed to the collector", lost),
        ] {
            registry.register(name, help, counter.clone());
        }
    }

    /// A request that is being answered until the value is dropped.
    pub(crate) fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts an answer; no text of a client becomes a label.
    pub(crate) fn answered(
        &self,
        operation: Option<Operation>,
        code: Option<&'static str>,
        time: Duration,
    ) {
        let operation = operation.map_or(NO_OPERATION, |operation| operation.name());
        let code = code.unwrap_or("OK");
        self.requests.get_or_create(&Outcome { operation, code }).inc();
        self.durations.get_or_create(&OfOperation { operation }).observe(time.as_secs_f64());
    }

    /// All numbers in the text form of OpenMetrics.
    ///
    /// # Errors
    ///
    /// If a number cannot be written, for want of memory.
    pub fn to_text(&self) -> Result<String, std::fmt::Error> {
        if let Some(source) = self.source.get() {
            let (store, audit) = source();
            self.store.set(store);
            self.audit.set(audit);
        }
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_with_their_names() {
        let metrics = Metrics::new();
        metrics.ask(|| {
            (
                Written::new(5, 2, Duration::from_millis(1500)),
                Written::new(7, 3, Duration::from_millis(250)),
            )
        });
        metrics.count_keys([(KeyState::CreateComplete, 12), (KeyState::DeletePending, 1)]);
        let operation = Operation::from_name("ExportKey");
        metrics.answered(operation, None, Duration::from_micros(200));
        metrics.answered(operation, Some("ConflictException"), Duration::from_millis(2));
        metrics.answered(None, Some("UnknownOperationException"), Duration::ZERO);
        let in_flight = metrics.begin();
        let text = metrics.to_text().unwrap();
        for line in [
            r#"export_server_requests_total{operation="ExportKey",code="OK"} 1"#,
            r#"export_server_requests_total{operation="ExportKey",code="ConflictException"} 1"#,
            r#"export_server_requests_total{operation="none",code="UnknownOperationException"} 1"#,
            r#"export_server_request_duration_seconds_bucket{le="0.0003",operation="ExportKey"} 1"#,
            r#"export_server_request_duration_seconds_count{operation="ExportKey"} 2"#,
            r#"export_server_keys{state="CREATE_COMPLETE"} 12"#,
            r#"export_server_keys{state="DELETE_PENDING"} 1"#,
            "export_server_requests_in_flight 1",
            "export_server_store_batches_total 5",
            "export_server_store_syncs_total 2",
            "export_server_store_sync_time_seconds_total 1.5",
            "export_server_audit_lines_total 7",
            "export_server_audit_sync_time_seconds_total 0.25",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
        drop(in_flight);
        assert!(metrics.to_text().unwrap().contains("export_server_requests_in_flight 0"));
    }
}
