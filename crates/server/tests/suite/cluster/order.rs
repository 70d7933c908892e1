//! Two nodes write one conversation.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicUsize},
};

use studyhall_testkit::eventually;

use super::{
    Cluster,
    talk::{Writer, gather, read},
};

#[tokio::test(flavor = "multi_thread")]
async fn four_writers_on_two_nodes_make_one_order() {
    let cluster = Cluster::start().await;
    let (addresses, id, total) = (cluster.addresses(), &cluster.conversation, Arc::<AtomicUsize>::default());
    let people = [&cluster.anna, &cluster.ben];
    let readers: Vec<_> = (0..4).map(|n| read(people[n / 2], vec![addresses[n % 2]], id, total.clone())).collect();
    let writers: Vec<_> =
        (0..4).map(|n| Writer::start(people[n / 2], vec![addresses[n % 2]], id, &format!("writer {n}"))).collect();
    eventually("each has written a hundred", async || writers.iter().all(|writer| writer.acknowledged() >= 100)).await;
    let (texts, replicas) = gather(writers, readers, &total).await;
    // Applying them insists on seqs without holes; here is that they are the same ones, each once.
    let order = replicas[0].texts();
    assert!(replicas.iter().all(|replica| replica.texts() == order));
    assert_eq!(order.len(), texts.len());
    assert_eq!(order.iter().copied().collect::<BTreeSet<_>>(), texts.iter().map(String::as_str).collect());
    // A writer's own come in the order in which it sent them.
    for n in 0..4 {
        let prefix = format!("writer {n} ");
        let numbers: Vec<u32> = order.iter().filter_map(|text| text.strip_prefix(&prefix)?.parse().ok()).collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
    }
    cluster.agree(&replicas).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_node_takes_nothing_with_it() {
    let mut cluster = Cluster::start().await;
    let (addresses, id, total) = (cluster.addresses(), cluster.conversation.clone(), Arc::<AtomicUsize>::default());
    let other_way: Vec<_> = addresses.iter().copied().rev().collect();
    let readers = [
        read(&cluster.anna, addresses.clone(), &id, total.clone()),
        read(&cluster.ben, other_way.clone(), &id, total.clone()),
    ];
    let writers = [
        Writer::start(&cluster.anna, addresses.clone(), &id, "anna"),
        Writer::start(&cluster.ben, addresses, &id, "ben"),
        Writer::start(&cluster.ben, other_way, &id, "ben's other device"),
    ];
    let written = |enough: usize| writers.iter().all(|writer| writer.acknowledged() >= enough);
    eventually("the talk is under way", async || written(50)).await;
    cluster.nodes.remove(0).kill();
    let before = writers[0].acknowledged();
    eventually("it goes on elsewhere", async || writers[0].acknowledged() >= before + 50).await;
    let (texts, replicas) = gather(writers.into(), readers.into(), &total).await;
    for replica in &replicas {
        let stored = replica.texts();
        assert_eq!(stored.len(), texts.len(), "lost or doubled");
        assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), texts.iter().map(String::as_str).collect());
    }
    cluster.agree(&replicas).await;
}
