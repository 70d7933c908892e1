use studyhall_domain::tasks::in_future;
use uuid::Uuid;

use super::*;
use crate::{blobs::contract, proxy::Proxy};

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is set"))
}

/// The S3 of the `STUDYHALL_TEST_S3_*` variables, with a bucket of its own for each test.
fn config() -> S3Config {
    S3Config {
        endpoint: variable("STUDYHALL_TEST_S3_ENDPOINT"),
        bucket: format!("test-{}", studyhall_wire::FileId::new()),
        region: std::env::var("STUDYHALL_TEST_S3_REGION").unwrap_or_else(|_| "us-east-1".to_owned()),
        access_key: SecretString::from(variable("STUDYHALL_TEST_S3_ACCESS_KEY")),
        secret_key: SecretString::from(variable("STUDYHALL_TEST_S3_SECRET_KEY")),
        path_style: true,
    }
}

async fn blobs() -> S3Blobs {
    let blobs = S3Blobs::open(&config()).expect("opened");
    blobs.prepare().await.expect("prepared");
    blobs
}

/// What lies in `incoming/`: whole objects and open uploads.
async fn incoming(blobs: &S3Blobs) -> (usize, usize) {
    let objects = blobs.bucket.list(INCOMING.to_owned(), None).await.expect("listed");
    let uploads = listing::open_uploads(blobs).await.expect("listed");
    let objects = objects.into_iter().flat_map(|page| page.contents).filter(|object| !object.key.ends_with('/'));
    (objects.count(), uploads.len())
}

async fn nothing_is_incoming(blobs: &S3Blobs) {
    for _ in 0..500 {
        if incoming(blobs).await == (0, 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("left behind: {:?}", incoming(blobs).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    contract::holds(&blobs().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract_of_streams() {
    let blobs = blobs().await;
    contract::streams_hold(&blobs).await;
    nothing_is_incoming(&blobs).await;
    contract::broken_streams_leave_nothing(&blobs).await;
    nothing_is_incoming(&blobs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_is_made_once_by_many() {
    let config = config();
    let nodes: Vec<S3Blobs> = (0..4).map(|_| S3Blobs::open(&config).expect("opened")).collect();
    assert!(nodes[0].check().await.is_err(), "there is no bucket yet");
    for prepared in futures_util::future::join_all(nodes.iter().map(S3Blobs::prepare)).await {
        prepared.expect("prepared");
    }
    nodes[3].prepare().await.expect("again");
    nodes[0].check().await.expect("ready");
    let id = nodes[1].put(Bytes::from_static(b"hello")).await.expect("stored");
    assert!(nodes[2].get(&id).await.expect("read").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sweeper_clears_what_a_killed_process_left() {
    let blobs = blobs().await;
    let now = Uuid::now_v7();
    let old = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 1_790_000_000, 0));
    for name in [old, now] {
        let key = format!("{INCOMING}{name}");
        blobs.bucket.initiate_multipart_upload(&key, "text/plain").await.expect("begun");
        blobs.bucket.put_object(format!("{INCOMING}{name}"), b"whole").await.expect("put");
    }
    assert_eq!(incoming(&blobs).await, (2, 2));
    blobs.sweep(in_future(Duration::ZERO).min(Timestamp::from_millis(1_790_000_000_001))).await.expect("swept");
    assert_eq!(incoming(&blobs).await, (1, 1), "what is being uploaded stays");
    blobs.sweep(in_future(Duration::from_mins(1))).await.expect("swept");
    assert_eq!(incoming(&blobs).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_that_goes_away_in_an_upload_is_unavailable_and_heals() {
    let mut config = config();
    S3Blobs::open(&config).expect("opened").prepare().await.expect("prepared");
    let target = config.endpoint.rsplit('/').next().expect("a host").to_owned();
    let proxy = Proxy::to(&target).await;
    config.endpoint = format!("http://{}", proxy.address);
    let blobs = S3Blobs::open(&config).expect("opened");
    blobs.check().await.expect("ready");

    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes>>(1);
    let bytes = stream::unfold(receiver, |mut from| async move { from.recv().await.map(|piece| (piece, from)) });
    let node = blobs.clone();
    let uploading = tokio::spawn(async move { node.put_stream(bytes.boxed(), u64::MAX).await });
    for n in 0..30_u8 {
        if n == 20 {
            proxy.cut();
        }
        // Refused once the upload has failed.
        let _ = sender.send(Ok(Bytes::from(vec![n; 1024 * 1024]))).await;
    }
    drop(sender);
    let failed = uploading.await.expect("no panic");
    assert!(matches!(failed, Err(Error::Unavailable { dependency: "s3", .. })), "{failed:?}");
    for error in [blobs.check().await.err(), blobs.put(Bytes::from_static(b"x")).await.err()] {
        assert!(matches!(error, Some(Error::Unavailable { dependency: "s3", .. })), "{error:?}");
    }
    proxy.heal();
    blobs.check().await.expect("ready again");
    let id = blobs.put(Bytes::from_static(b"x")).await.expect("stored");
    assert_eq!(blobs.get(&id).await.expect("read").as_deref(), Some(b"x".as_slice()));
    blobs.sweep(in_future(Duration::from_mins(1))).await.expect("swept");
    nothing_is_incoming(&blobs).await;
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let config = S3Config { secret_key: SecretString::from("hunter2"), ..config() };
    let blobs = S3Blobs::open(&config).expect("opened");
    let error = blobs.prepare().await.expect_err("not the key");
    for shown in [format!("{config:?}"), format!("{blobs:?}"), error.to_string()] {
        assert!(!shown.contains("hunter2") && !shown.contains(&variable("STUDYHALL_TEST_S3_ACCESS_KEY")), "{shown}");
    }
}

#[tokio::test]
async fn both_styles_of_addresses_are_spoken() {
    let mut config = S3Config { endpoint: "https://s3.example.org".to_owned(), bucket: "files".to_owned(), ..config() };
    for (path_style, url) in [(true, "https://s3.example.org/files"), (false, "https://files.s3.example.org")] {
        config.path_style = path_style;
        assert_eq!(S3Blobs::open(&config).expect("opened").bucket.url(), url);
    }
}
