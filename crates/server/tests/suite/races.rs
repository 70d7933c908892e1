//! Two people, or two devices of one, do at once what only one of them can do: it ends in a state that the rules allow.

use serde_json::{Value, json};
use studyhall_testkit::{Answer, Person};

use super::{
    TestApp,
    groups::{make, open_group, place, text},
};

/// Who quarrels. Two of them have two devices.
pub struct Crowd {
    pub anna: [Person; 2],
    pub ben: [Person; 2],
    pub cleo: Person,
    pub dora: Person,
}

/// Nobody's request fails for another reason than the rules.
fn ruled(answers: [&Answer; 2]) {
    for answer in answers {
        assert!(answer.status.as_u16() < 500, "{answer:?}");
    }
}

async fn role(group: &str, person: &Person) -> Value {
    person.get(&format!("/groups/{group}")).await.expect(200)["my_role"].clone()
}

impl Crowd {
    pub async fn quarrel(&self) {
        self.demote_each_other().await;
        self.act_while_demoted().await;
        self.leave_and_hand_over().await;
        self.take_the_last_use().await;
        self.ask_each_other().await;
        self.accept_and_block().await;
    }

    /// A group of Anna's in which Ben and Cleo are admins.
    async fn group(&self) -> String {
        let [anna, _] = &self.anna;
        let (group, _) = open_group(anna).await;
        for admin in [&self.ben[0], &self.cleo] {
            place(anna, &group, admin, "admin").await;
        }
        group
    }

    /// An admin acts on nobody at or above their own role, so neither succeeds.
    async fn demote_each_other(&self) {
        let ([ben, _], cleo, group) = (&self.ben, &self.cleo, self.group().await);
        let (of_ben, of_cleo) = (member(&group, ben), member(&group, cleo));
        let demotion = json!({ "role": "member" });
        let (one, other) = tokio::join!(cleo.put(&of_ben, demotion.clone()), ben.put(&of_cleo, demotion));
        ruled([&one, &other]);
        assert_eq!([role(&group, ben).await, role(&group, cleo).await], ["admin", "admin"], "{one:?} {other:?}");
    }

    /// Whoever is demoted while making a moderator has either made one before, or makes none.
    async fn act_while_demoted(&self) {
        let ([anna, _], [ben, _], group) = (&self.anna, &self.ben, self.group().await);
        let (of_ben, of_dora) = (member(&group, ben), member(&group, &self.dora));
        let (demoted, made) = tokio::join!(
            anna.put(&of_ben, json!({ "role": "member" })),
            ben.put(&of_dora, json!({ "role": "moderator" }))
        );
        ruled([&demoted, &made]);
        assert!(demoted.status.is_success(), "{demoted:?}");
        assert_eq!(role(&group, ben).await, "member");
        let expected = if made.status.is_success() { json!("moderator") } else { Value::Null };
        assert_eq!(role(&group, &self.dora).await, expected);
    }

    /// The owner hands over on one device and leaves on the other.
    async fn leave_and_hand_over(&self) {
        let ([anna, there], cleo, group) = (&self.anna, &self.cleo, self.group().await);
        let (of_anna, owner) = (member(&group, anna), format!("/groups/{group}/owner"));
        let (left, handed) = tokio::join!(anna.delete(&of_anna), there.post(&owner, json!({ "user_id": cleo.id })));
        ruled([&left, &handed]);
        assert!(handed.status.is_success(), "{handed:?}");
        assert_eq!(role(&group, cleo).await, "owner");
        let expected = if left.status.is_success() { Value::Null } else { json!("admin") };
        assert_eq!(role(&group, anna).await, expected);
    }

    async fn take_the_last_use(&self) {
        let ([anna, _], group) = (&self.anna, make(&self.anna[0], json!({ "name": "Secret" })).await);
        let group = text(&group["id"]);
        let invite = anna.post(&format!("/groups/{group}/invites"), json!({ "max_uses": 1 })).await.expect(201);
        let path = format!("/invites/{}/accept", text(&invite["code"]));
        let (one, other) = tokio::join!(self.cleo.post(&path, json!({})), self.dora.post(&path, json!({})));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404], "{one:?} {other:?}");
        assert_eq!(anna.get(&format!("/groups/{group}")).await.expect(200)["member_count"], 2);
    }

    /// Two requests that cross are a friendship.
    async fn ask_each_other(&self) {
        let ([anna, _], dora) = (&self.anna, &self.dora);
        let (one, other) = tokio::join!(
            anna.post("/friends/requests", json!({ "user_id": dora.id })),
            dora.post("/friends/requests", json!({ "user_id": anna.id }))
        );
        assert!(one.status.is_success() && other.status.is_success(), "{one:?} {other:?}");
        let friend = anna.get("/friends").await.expect(200)["items"][0].clone();
        assert_eq!(friend["id"].as_str().or(friend["user"]["id"].as_str()), Some(dora.id.as_str()), "{friend}");
        dora.delete(&format!("/friends/{}", anna.id)).await.expect(204);
    }

    /// Ben accepts on one device what he blocks on the other.
    async fn accept_and_block(&self) {
        let ([ben, there], cleo) = (&self.ben, &self.cleo);
        cleo.post("/friends/requests", json!({ "user_id": ben.id })).await.expect(201);
        let (accept, block) = (format!("/friends/requests/{}/accept", cleo.id), format!("/blocks/{}", cleo.id));
        let (accepted, blocked) = tokio::join!(ben.post(&accept, json!({})), there.put(&block, json!({})));
        ruled([&accepted, &blocked]);
        assert!(blocked.status.is_success(), "{blocked:?}");
        assert_eq!(cleo.get("/friends").await.expect(200)["items"], json!([]), "who is blocked is no friend");
        assert_eq!(ben.get("/blocks").await.expect(200)["items"].as_array().map(Vec::len), Some(1));
        ben.delete(&block).await.expect(204);
    }
}

fn member(group: &str, person: &Person) -> String {
    format!("/groups/{group}/members/{}", person.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_the_rules_hold() {
    let app = TestApp::start().await;
    let [anna, ben] = [app.register("anna").await, app.register("ben").await];
    let crowd = Crowd {
        anna: [anna.clone(), anna.sign_in().await],
        ben: [ben.clone(), ben.sign_in().await],
        cleo: app.register("cleo").await,
        dora: app.register("dora").await,
    };
    for _ in 0..8 {
        crowd.quarrel().await;
    }
}
