//! Numbers for Prometheus: how much and how fast, never who or what.

use std::time::Duration;

use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

use crate::problem::Kind;

/// Upper bounds of the times of requests, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Upper bounds of the sizes of blocks.
const SIZES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// The node's numbers.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    submissions: IntCounterVec,
    block_seconds: Histogram,
    block_entries: Histogram,
    height: IntGauge,
    entries: IntGauge,
    queued: IntGauge,
    queued_bytes: IntGauge,
    pub(crate) connections: IntGauge,
    pub(crate) listeners: IntGauge,
}

impl Metrics {
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str| IntGauge::new(name, help);
        let histogram =
            |name: &str, help: &str, bounds: &[f64]| HistogramOpts::new(name, help).buckets(bounds.to_vec());
        let requests = histogram("tabella_request_seconds", "Time of requests, by route and status.", &SECONDS);
        let metrics = Self {
            registry: Registry::new(),
            requests: HistogramVec::new(requests, &["method", "route", "status"])?,
            submissions: IntCounterVec::new(
                Opts::new("tabella_submissions_total", "Transactions that were answered, by outcome."),
                &["outcome"],
            )?,
            block_seconds: Histogram::with_opts(histogram(
                "tabella_block_seconds",
                "Time to verify and commit a block.",
                &SECONDS,
            ))?,
            block_entries: Histogram::with_opts(histogram(
                "tabella_block_transactions",
                "Transactions that were gathered for a block.",
                &SIZES,
            ))?,
            height: gauge("tabella_ledger_height", "Blocks of the ledger.")?,
            entries: gauge("tabella_ledger_entries", "Entries of the ledger.")?,
            queued: gauge("tabella_queue_transactions", "Transactions that wait to be verified.")?,
            queued_bytes: gauge("tabella_queue_bytes", "Their bytes.")?,
            connections: gauge("tabella_connections", "Open connections.")?,
            listeners: gauge("tabella_event_streams", "Open streams of events.")?,
        };
        for gauge in [
            &metrics.height,
            &metrics.entries,
            &metrics.queued,
            &metrics.queued_bytes,
            &metrics.connections,
            &metrics.listeners,
        ] {
            metrics.registry.register(Box::new(gauge.clone()))?;
        }
        metrics.registry.register(Box::new(metrics.requests.clone()))?;
        metrics.registry.register(Box::new(metrics.submissions.clone()))?;
        metrics.registry.register(Box::new(metrics.block_seconds.clone()))?;
        metrics.registry.register(Box::new(metrics.block_entries.clone()))?;
        Ok(metrics)
    }

    pub(crate) fn observe_request(&self, method: &str, route: &str, status: u16, time: Duration) {
        self.requests.with_label_values(&[method, route, &status.to_string()]).observe(time.as_secs_f64());
    }

    pub(crate) fn observe_block(&self, transactions: usize, time: Duration) {
        self.block_seconds.observe(time.as_secs_f64());
        self.block_entries.observe(f64::from(u32::try_from(transactions).unwrap_or(u32::MAX)));
    }

    pub(crate) fn count_submission(&self, problem: Option<Kind>) {
        self.submissions.with_label_values(&[problem.map_or("accepted", Kind::name)]).inc();
    }

    pub(crate) fn set_ledger(&self, height: u64, entries: u64) {
        self.height.set(i64::try_from(height).unwrap_or(i64::MAX));
        self.entries.set(i64::try_from(entries).unwrap_or(i64::MAX));
    }

    pub(crate) fn set_queue(&self, transactions: usize, bytes: usize) {
        self.queued.set(i64::try_from(transactions).unwrap_or(i64::MAX));
        self.queued_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// The text form.
    pub(crate) fn render(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
