//! The log, and beside it the spans for whoever takes them.

use std::io::{self, IsTerminal};

use anyhow::Context;
use tracing::Subscriber;
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt, registry};

use crate::config::{LogFormat, Settings};
use crate::traces::{TARGET, Traces};

/// Logs to standard error from now on, and sends spans where `traces` does.
///
/// # Errors
///
/// If the setting `log` is no filter, or there is a log already.
pub fn begin(settings: &Settings, traces: &Traces) -> anyhow::Result<()> {
    subscriber(&settings.log, settings.log_format, traces)?
        .try_init()
        .context("there is a log already")
}

fn subscriber(
    filter: &str,
    format: LogFormat,
    traces: &Traces,
) -> anyhow::Result<impl Subscriber + Send + Sync + use<>> {
    let filter = EnvFilter::try_new(filter).context("the setting `log`")?;
    // Spans are no lines, and would stand in front of each line that is written during them.
    let no_spans = filter_fn(|it| it.target() != TARGET).with_max_level_hint(LevelFilter::TRACE);
    let filter = filter.and(no_spans);
    let log = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let log = match format {
        LogFormat::Json => log.json().with_filter(filter).boxed(),
        _ => log.with_filter(filter).boxed(),
    };
    Ok(registry().with(log).with(traces.layer()))
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Handle;
    use tracing::Level;
    use tracing::subscriber::with_default;

    use super::*;

    #[tokio::test]
    async fn nothing_is_made_that_nobody_takes() {
        let traces = Traces::from_environment(&Handle::current()).unwrap();
        let subscriber = subscriber("info", LogFormat::Text, &traces).unwrap();
        assert_eq!(subscriber.max_level_hint(), Some(LevelFilter::INFO));
        with_default(subscriber, || {
            assert!(tracing::enabled!(Level::INFO));
            assert!(!tracing::enabled!(Level::DEBUG));
            assert!(!tracing::enabled!(target: "hyper", Level::TRACE));
            assert!(tracing::info_span!(target: TARGET, "request").is_none());
        });
    }
}
