//! The log, and beside it the spans for whoever takes them.

use std::io::{self, IsTerminal};

use anyhow::Context;
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
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
    let filter = EnvFilter::try_new(&settings.log).context("the setting `log`")?;
    // Spans are no lines, and would stand in front of each line that is written during them.
    let filter = filter.and(filter_fn(|it| it.target() != TARGET));
    let log = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let log = match settings.log_format {
        LogFormat::Json => log.json().with_filter(filter).boxed(),
        _ => log.with_filter(filter).boxed(),
    };
    registry().with(log).with(traces.layer()).try_init().context("there is a log already")
}
