//! The network to each engine is slow, cut, or silent, for one of the nodes or both.

use std::time::Duration;

use serde_json::json;
use studyhall_testkit::{Network, Proxy, unique, variable};

use super::Cluster;

/// What each engine is called in the environment and in `/readyz`, and whether chat goes on without it.
const ENGINES: [(&str, &str, bool); 5] = [
    ("POSTGRES_URL", "database", false),
    ("MONGODB_URL", "mongodb", false),
    ("REDIS_URL", "redis", true),
    ("AMQP_URL", "rabbitmq", true),
    ("S3_ENDPOINT", "s3", true),
];

async fn says(cluster: &Cluster) -> u16 {
    let path = format!("/conversations/{}/messages", cluster.conversation);
    cluster.anna.post(&path, json!({ "client_id": unique(), "text": "hello" })).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_network_to_any_engine_passes() {
    let (mut proxies, mut variables) = (Vec::new(), Vec::new());
    for (name, dependency, goes_on) in ENGINES {
        let (proxy, url) = Proxy::before(&variable(name)).await;
        variables.push((name, url));
        proxies.push((proxy, dependency, goes_on));
    }
    let cluster = Cluster::among(variables).await;
    for (proxy, dependency, goes_on) in &proxies {
        proxy.be(Network::Slow(Duration::from_millis(20)));
        assert_eq!(says(&cluster).await, 201, "slow {dependency}");
        for bad in [Network::Cut, Network::Silent] {
            proxy.be(bad);
            cluster.until_missing(dependency).await;
            let status = says(&cluster).await;
            assert!(status == 201 || (status == 503 && !goes_on), "{bad:?} {dependency}: {status}");
            // Connections that fell silent are never spoken to again; they go with the network.
            proxy.be(Network::Cut);
            proxy.be(Network::Good);
            cluster.until_ready().await;
            assert_eq!(says(&cluster).await, 201, "{dependency} is back after {bad:?}");
        }
    }
}
