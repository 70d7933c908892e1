//! An instance with something in each of its tables.

use std::{net::SocketAddr, path::Path};

use reqwest::Method;
use serde_json::{Value, json};
use studyhall_testkit::{Person, Replica, eventually, pixel, unique};

use super::{Instance, replica};

pub struct School {
    pub anna: Person,
    ben: Person,
    cleo: Person,
    /// Of anna and ben.
    direct: String,
    group: String,
    /// The group's, where cleo reads.
    chat: String,
    /// A message to the direct conversation, as it was sent.
    sent: Value,
}

impl School {
    pub async fn fill(instance: &Instance, address: SocketAddr) -> Self {
        let [anna, ben, cleo] = people(address, ["anna", "ben", "cleo"]).await;
        let [dora, rosa] = people(address, ["dora", "rosa"]).await;
        instance.says(&["user", "set-role", "rosa", "superuser"]);
        let direct = anna.open_direct(&ben).await;
        let sent = talk(&anna, &ben, &direct).await;
        know(&anna, &ben, &cleo, &dora).await;
        let (group, chat) = learn(&anna, &ben, &cleo, &dora).await;
        let report = json!({ "conversation_id": direct, "seq": 1, "reason": "Rude" });
        ben.post("/reports", report).await.expect(201);
        let rosa = rosa.sign_in().await;
        rosa.post(&format!("/admin/users/{}/reset-link", dora.id), json!({})).await.expect(201);
        ben.sign_in().await.post("/auth/logout", json!({})).await.expect(204);
        ben.post("/notifications/read-all", json!({})).await.expect(204);
        Self { anna, ben, cleo, direct, group, chat, sent }
    }

    /// The same people where the instance is now: another signing key, and the same sessions.
    pub async fn at(self, address: SocketAddr) -> Self {
        let there = async |person: Person| {
            let stranger = Person::stranger(address);
            let token = json!({ "refresh_token": person.refresh_token });
            stranger.with(&stranger.post("/auth/refresh", token).await.expect(200))
        };
        Self { anna: there(self.anna).await, ben: there(self.ben).await, cleo: there(self.cleo).await, ..self }
    }

    /// Who reads which conversation.
    pub fn members(&self) -> [&Person; 2] {
        [&self.ben, &self.cleo]
    }

    pub async fn replicas(&self) -> Vec<Replica> {
        vec![replica(&self.ben, &self.direct).await, replica(&self.cleo, &self.chat).await]
    }

    /// What was there is still there for everybody, and can be used.
    pub async fn goes_on(&self) {
        let Self { anna, ben, cleo, direct, group, .. } = self;
        let messages = format!("/conversations/{direct}/messages");
        let other = json!({ "client_id": self.sent["client_id"], "text": "something else" });
        assert_eq!(anna.post(&messages, other).await.problem(409), "client_id_reused");
        anna.post(&messages, self.sent.clone()).await.expect(200);
        let friends = anna.get("/friends").await.expect(200);
        assert_eq!(friends["items"][0]["username"], "ben");
        assert_eq!(anna.get("/friends/requests").await.expect(200)["incoming"][0]["user"]["username"], "cleo");
        let read = ben.get(&format!("/conversations/{direct}")).await.expect(200);
        assert_eq!(read["read_seq"], 2);
        let members = anna.get(&format!("/groups/{group}/members")).await.expect(200);
        let roles: Vec<_> =
            members["items"].as_array().expect("members").iter().map(|one| one["role"].clone()).collect();
        assert_eq!(roles, ["owner", "moderator", "member"]);
        for picture in [format!("/groups/{group}/avatar"), format!("/users/{}/avatar", anna.id)] {
            assert!(!anna.get(&picture).await.bytes.is_empty());
        }
        let found = async || {
            let search = cleo.request(Method::GET, "/search/messages").query(&[("q", "rithm")]);
            Person::send(search).await.expect(200)["items"].as_array().map_or(0, Vec::len)
        };
        eventually("what was said is found", async || found().await == 1).await;
    }
}

async fn people<const N: usize>(address: SocketAddr, names: [&str; N]) -> [Person; N] {
    let mut people = Vec::with_capacity(N);
    for name in names {
        people.push(Person::register(address, name).await);
    }
    people.try_into().unwrap_or_else(|_| panic!("one for each name"))
}

/// Everything that can be done with messages.
async fn talk(anna: &Person, ben: &Person, direct: &str) -> Value {
    let message = |seq: &Value| format!("/conversations/{direct}/messages/{seq}");
    let first = anna.say(direct, "Frist").await["seq"].clone();
    let gone = anna.say(direct, "to be gone").await["seq"].clone();
    let body = json!({ "client_id": unique(), "text": "kept", "reply_to": first });
    anna.post(&format!("/conversations/{direct}/messages"), body.clone()).await.expect(201);
    anna.patch(&message(&first), json!({ "text": "First, @ben" })).await.expect(200);
    for person in [ben, anna] {
        person.put(&format!("{}/reactions/👍", message(&first)), Value::Null).await.expect(204);
        person.put(&format!("{}/reactions/🎉", message(&first)), Value::Null).await.expect(204);
    }
    anna.delete(&format!("{}/reactions/🎉", message(&first))).await.expect(204);
    ben.put(&format!("{}/pin", message(&first)), Value::Null).await.expect(204);
    ben.put(&format!("{}/pin", message(&gone)), Value::Null).await.expect(204);
    anna.delete(&message(&gone)).await.expect(204);
    ben.put(&format!("/conversations/{direct}/read"), json!({ "seq": 2 })).await.expect(204);
    ben.put(&format!("/conversations/{direct}/notify"), json!({ "level": "mentions" })).await.expect(204);
    body
}

async fn know(anna: &Person, ben: &Person, cleo: &Person, dora: &Person) {
    anna.post("/friends/requests", json!({ "user_id": ben.id })).await.expect(201);
    ben.post(&format!("/friends/requests/{}/accept", anna.id), json!({})).await.expect(204);
    cleo.post("/friends/requests", json!({ "user_id": anna.id })).await.expect(201);
    dora.put(&format!("/blocks/{}", cleo.id), Value::Null).await.expect(204);
}

/// The group, and its conversation.
async fn learn(anna: &Person, ben: &Person, cleo: &Person, dora: &Person) -> (String, String) {
    let group = async |name: &str, policy: &str| {
        let form = json!({ "name": name, "visibility": "public", "join_policy": policy });
        let group = anna.post("/groups", form).await.expect(201);
        ["id", "conversation_id"].map(|field| group[field].as_str().expect("an id").to_owned())
    };
    let [id, chat] = group("Algebra", "open").await;
    for person in [ben, cleo] {
        person.post(&format!("/groups/{id}/join"), json!({})).await.expect(204);
    }
    anna.put(&format!("/groups/{id}/members/{}", ben.id), json!({ "role": "moderator" })).await.expect(204);
    anna.put(&format!("/groups/{id}/bans/{}", dora.id), json!({ "reason": "Spam" })).await.expect(204);
    anna.post(&format!("/groups/{id}/invites"), json!({ "max_uses": 3, "expires_in": 600 })).await.expect(201);
    // The same one twice.
    for path in [format!("/groups/{id}/avatar"), "/users/me/avatar".to_owned()] {
        let picture = anna.request(Method::PUT, &path).header("content-type", "image/png").body(pixel());
        assert!(Person::send(picture).await.status.is_success());
    }
    let said = anna.say(&chat, "@everyone: a logarithm is an exponent").await["seq"].clone();
    cleo.put(&format!("/conversations/{chat}/messages/{said}/reactions/🤔"), Value::Null).await.expect(204);
    let [closed, _] = group("Topology", "approval").await;
    cleo.post(&format!("/groups/{closed}/join"), json!({})).await.expect(202);
    (id, chat)
}

/// Two events that a crash left in the outbox.
pub fn owe(database: &Path, to: &Person) {
    let database = rusqlite::Connection::open(database).expect("the database");
    for seq in [1, 2] {
        let fact = json!({ "kind": "read.advanced", "data": { "conversation_id": unique(), "seq": seq } });
        let id: Vec<u8> = hex::decode(to.id.replace('-', "")).expect("an id");
        let row = "INSERT INTO outbox (id, stream, fact, created_at) VALUES (randomblob(16), ?1, ?2, 0)";
        database.execute(row, rusqlite::params![id, fact.to_string()]).expect("inserted");
    }
}
