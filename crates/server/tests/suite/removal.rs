//! Who is out hears nothing more: not one event after the answer, however much is going on; and who is put out while
//! writing writes nothing after that.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};
use studyhall_testkit::{Person, Socket, eventually, unique};

use super::groups::{join, make, open_group, place, text};

use super::TestApp;

/// Removals of the measured test, in rounds of as many people, each with a live socket.
const ROUNDS: usize = 25;
const PEOPLE: usize = 40;

/// Writes to a conversation without a pause until told to stop; gives how much was written.
async fn chatter(mut socket: Socket, conversation: String, stop: Arc<AtomicBool>) -> usize {
    let mut written = 0;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..4 {
            let id = unique();
            let send = json!({ "op": "send", "conversation_id": conversation, "client_id": id, "text": "la la la" });
            socket.send(&send).await;
        }
        for _ in 0..4 {
            socket.ack().await.expect("an acknowledgement");
            written += 1;
        }
    }
    written
}

/// Everything that a socket gets until its connection ends, but for what concerns other streams.
async fn listen(mut socket: Socket, conversation: String) -> Vec<Value> {
    let mut heard = Vec::new();
    while let Some(frame) = socket.next().await {
        if frame["op"] == "pong" {
            break;
        }
        if frame["op"] == "event" && frame["stream"] == json!(conversation) {
            heard.push(frame);
        }
    }
    heard
}

async fn head(person: &Person, conversation: &str) -> i64 {
    let page = person.get(&format!("/conversations/{conversation}/messages?limit=1")).await.expect(200);
    page["as_of"].as_i64().expect("a seq")
}

/// 1,000 removals under load. Each of those who are removed goes on reading; after the answer, the stream is let grow
/// before anybody looks at what they got.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_removed_members_hear_nothing_after_the_answer() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let (id, conversation) = open_group(&anna).await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(app.register(&format!("person{n}")).await);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let (writer, _) = anna.connect(json!([])).await;
    let writing = tokio::spawn(chatter(writer, conversation.clone(), stop.clone()));
    let mut removed = 0;
    for _ in 0..ROUNDS {
        let mut sockets = HashMap::new();
        for person in &people {
            join(person, &id).await;
            let (socket, _) = person.connect(json!([])).await;
            sockets.insert(person.id.clone(), socket);
        }
        let before = head(&anna, &conversation).await;
        let mut removing = tokio::task::JoinSet::new();
        for person in people.clone() {
            let (anna, path) = (anna.clone(), format!("/groups/{id}/members/{}", person.id));
            removing.spawn(async move { anna.delete(&path).await.expect(204) });
        }
        while let Some(answer) = removing.join_next().await {
            answer.expect("a removal");
            removed += 1;
        }
        let answered = head(&anna, &conversation).await;
        eventually("the conversation went on", async || head(&anna, &conversation).await > answered + 8).await;
        let events = events_after(&anna, &conversation, before).await;
        for (person, mut socket) in sockets {
            // The pong stands behind everything that was queued for this socket.
            socket.send(&json!({ "op": "ping" })).await;
            let heard = listen(socket, conversation.clone()).await;
            let left = events.iter().find(|e| e["kind"] == "member.left" && e["data"]["user_id"] == json!(person));
            let left = left.expect("the removal is told")["seq"].as_i64();
            assert!(heard.iter().all(|event| event["seq"].as_i64() <= left), "{left:?}: {:?}", heard.last());
        }
    }
    stop.store(true, Ordering::Relaxed);
    let written = writing.await.expect("the writer");
    assert_eq!(removed, ROUNDS * PEOPLE);
    assert!(written > ROUNDS * 8, "{written} messages are no load");
}

/// A ban while the banned one is writing: what was acknowledged lies before `member.left`, and nothing after it.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_banned_while_writing_writes_nothing_after_it() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let (id, conversation) = open_group(&anna).await;
    for round in 0..20 {
        let ben = app.register(&format!("ben{round}")).await;
        join(&ben, &id).await;
        let (mut socket, _) = ben.connect(json!([])).await;
        let sends = 60;
        let flood = {
            let conversation = conversation.clone();
            tokio::spawn(async move {
                for n in 0..sends {
                    let send = json!({ "op": "send", "conversation_id": conversation, "client_id": n.to_string(), "text": "x" });
                    socket.send(&send).await;
                }
                let (mut acks, mut nacks) = (Vec::new(), 0);
                while acks.len() + nacks < sends {
                    let frame = socket.until("an answer", |f| f["op"] == "ack" || f["op"] == "nack").await;
                    if frame["op"] == "ack" {
                        acks.push(frame["seq"].as_i64().expect("a seq"));
                    } else {
                        assert_eq!(frame["problem"]["code"], "not_found");
                        nacks += 1;
                    }
                }
                acks
            })
        };
        anna.put(&format!("/groups/{id}/bans/{}", ben.id), json!({})).await.expect(204);
        let acks = flood.await.expect("the flood");
        let events = events_after(&anna, &conversation, 0).await;
        let left =
            events.iter().find(|event| event["kind"] == "member.left" && event["data"]["user_id"] == json!(ben.id));
        let left = left.expect("the ban is told")["seq"].as_i64().expect("a seq");
        assert!(acks.iter().all(|seq| *seq < left), "{acks:?} and left at {left}");
        let by_ben = events.iter().filter(|event| event["actor_id"] == json!(ben.id));
        assert!(by_ben.into_iter().all(|event| event["seq"].as_i64() < Some(left)));
        let body = json!({ "client_id": unique(), "text": "Again" });
        assert_eq!(ben.post(&format!("/conversations/{conversation}/messages"), body).await.problem(404), "not_found");
    }
}

/// Every event of a conversation after a seq.
pub async fn events_after(person: &Person, conversation: &str, start: i64) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    loop {
        let after = events.last().map_or(start, |event| event["seq"].as_i64().expect("a seq"));
        let path = format!("/conversations/{conversation}/events?after={after}&limit=200");
        let page = person.get(&path).await.expect(200);
        let items = page["items"].as_array().expect("items");
        events.extend(items.iter().cloned());
        if items.len() < 200 {
            return events;
        }
    }
}

/// Who comes back hears what happened meanwhile, on the same socket, once and in order.
#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_hears_on() {
    let app = TestApp::start().await;
    let [anna, ben] = [app.register("anna").await, app.register("ben").await];
    let (id, conversation) = open_group(&anna).await;
    join(&ben, &id).await;
    let (mut b, _) = ben.connect(json!([])).await;
    for round in 0..10 {
        ben.delete(&format!("/groups/{id}/members/{}", ben.id)).await.expect(204);
        anna.say(&conversation, "while away").await;
        join(&ben, &id).await;
        // From what this says on, the socket hears the conversation.
        b.event("conversation.added").await;
        anna.say(&conversation, &format!("back {round}")).await;
        let text = format!("back {round}");
        b.until("the message after coming back", |frame| frame["data"]["text"] == json!(text)).await;
    }
    // A replay over one's own leaving and coming back goes to its end.
    let epoch = anna.get(&format!("/conversations/{conversation}")).await.expect(200)["epoch"].clone();
    let resume = json!([{ "stream": conversation, "epoch": epoch, "after": 0 }]);
    let (mut again, ready) = ben.connect(resume).await;
    let streams = ready["streams"].as_array().expect("streams");
    assert!(streams.iter().any(|stream| stream["stream"] == json!(conversation) && stream["recovered"] == true));
    let total = head(&anna, &conversation).await;
    for seq in 1..=total {
        let event = again.until("an event", |f| f["op"] == "event" && f["stream"] == json!(conversation)).await;
        assert_eq!(event["seq"], seq);
    }
    anna.say(&conversation, "and live").await;
    let event = again.until("an event", |f| f["op"] == "event" && f["stream"] == json!(conversation)).await;
    assert_eq!((event["seq"].as_i64(), &event["data"]["text"]), (Some(total + 1), &json!("and live")));
}

/// A socket that says hello while its user is removed hears nothing after the answer either.
#[tokio::test(flavor = "multi_thread")]
async fn a_hello_that_meets_a_removal_hears_nothing_after_it() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let (id, conversation) = open_group(&anna).await;
    for round in 0..30 {
        let ben = app.register(&format!("ben{round}")).await;
        join(&ben, &id).await;
        let path = format!("/groups/{id}/members/{}", ben.id);
        let (mut connected, ()) = tokio::join!(ben.connect(json!([])), async {
            anna.delete(&path).await.expect(204);
        });
        anna.say(&conversation, "a secret").await;
        connected.0.send(&json!({ "op": "ping" })).await;
        let heard = listen(connected.0, conversation.clone()).await;
        assert!(heard.iter().all(|event| event["data"]["text"] != "a secret"), "{heard:?}");
    }
}

/// Roles and removals of the same people from all sides at once: the group keeps one owner and the count is right.
#[tokio::test(flavor = "multi_thread")]
async fn a_quarrel_keeps_the_rules() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let group = make(&anna, json!({ "name": "Quarrel", "visibility": "public", "join_policy": "open" })).await;
    let id = text(&group["id"]);
    let mut admins = vec![anna.clone()];
    for n in 0..5 {
        let person = app.register(&format!("person{n}")).await;
        place(&anna, &id, &person, "admin").await;
        admins.push(person);
    }
    let mut quarrel = tokio::task::JoinSet::new();
    for (n, actor) in admins.clone().into_iter().enumerate() {
        let (id, others) = (id.clone(), admins.clone());
        quarrel.spawn(async move {
            for round in 0..12 {
                let target = &others[(n + round + 1) % others.len()];
                let member = format!("/groups/{id}/members/{}", target.id);
                let answer = match round % 5 {
                    0 => actor.put(&member, json!({ "role": "member" })).await,
                    1 => actor.post(&format!("/groups/{id}/owner"), json!({ "user_id": target.id })).await,
                    2 => actor.delete(&format!("/groups/{id}/members/{}", actor.id)).await,
                    3 => actor.post(&format!("/groups/{id}/join"), json!({})).await,
                    _ => actor.put(&member, json!({ "role": "admin" })).await,
                };
                assert!(answer.status.as_u16() < 500, "{answer:?}");
            }
        });
    }
    while let Some(done) = quarrel.join_next().await {
        done.expect("no panic");
    }
    let outsider = app.register("zoe").await;
    let group = outsider.get(&format!("/groups/{id}")).await.expect(200);
    let members = outsider.get(&format!("/groups/{id}/members?limit=100")).await.expect(200);
    let members = members["items"].as_array().expect("items");
    let owners: Vec<&Value> = members.iter().filter(|member| member["role"] == "owner").collect();
    assert_eq!(owners.len(), 1, "{members:?}");
    assert_eq!(owners[0]["user"]["id"], group["owner_id"]);
    assert_eq!(json!(members.len()), group["member_count"]);
}
