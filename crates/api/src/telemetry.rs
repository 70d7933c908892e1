//! Metrics of the process: one recorder, whatever the number of applications in it.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Seconds, from what a cached answer takes to what nobody waits for.
const LATENCY_S: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Events in one durable write.
const BATCH: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// What renders the metrics of this process. The first call installs the recorder; the result is `None` where
/// something else in the process had installed its own.
pub fn metrics() -> Option<PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE.get_or_init(install).clone()
}

fn install() -> Option<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_S)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_batch_events".to_owned()), &BATCH));
    let recorder = builder.ok()?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    metrics::describe_counter!("studyhall_http_requests_total", "Requests by method, route and status");
    metrics::describe_histogram!(
        "studyhall_http_request_duration_seconds",
        metrics::Unit::Seconds,
        "Time to an answer, by method and route"
    );
    metrics::describe_gauge!("studyhall_http_requests_in_flight", "Requests being answered, sockets included");
    Some(handle)
}
