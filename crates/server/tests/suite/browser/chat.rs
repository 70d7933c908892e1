//! Two people chat, through an offline period and a restart of the server.

use super::driver::{Driver, client};
use crate::process::Process;

#[tokio::test(flavor = "multi_thread")]
async fn two_people_chat_through_an_offline_period_and_a_restart() {
    let client = &client();
    let dir = tempfile::tempdir().expect("a temporary directory");
    let server = Process::start(dir.path(), &["--web-dir", client]);
    let driver = Driver::start();
    let anna = driver.browser(&server).await;
    let ben = driver.browser(&server).await;

    anna.register("anna", "Anna").await;
    ben.register("ben", "Ben").await;
    anna.start_chat("ben").await;
    anna.say("Hello Ben").await;
    ben.open_chat("Anna").await;
    ben.sees("Hello Ben").await;
    ben.say("Hi Anna").await;
    anna.sees("Hi Anna").await;

    ben.set_offline(true).await;
    ben.shows("Offline.").await;
    anna.say("Are you on the train?").await;
    anna.sees("Are you on the train?").await;
    ben.say("Written in a tunnel").await;
    ben.sees("Written in a tunnel").await;
    ben.set_offline(false).await;
    ben.sees("Are you on the train?").await;
    anna.sees("Written in a tunnel").await;

    let address = server.address;
    server.kill();
    anna.say("While it was down").await;
    let _server = Process::start_at(address, dir.path(), &["--web-dir", client]);
    ben.sees("While it was down").await;
    ben.say("And we go on").await;
    anna.sees("And we go on").await;

    ben.client.refresh().await.expect("a reload");
    for text in
        ["Hello Ben", "Hi Anna", "Are you on the train?", "Written in a tunnel", "While it was down", "And we go on"]
    {
        ben.sees(text).await;
    }
}
