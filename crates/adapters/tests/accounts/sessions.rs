//! Signing in, staying so and ending it, on the real store.

use std::sync::Arc;

use crate::common::{Node, PASSWORD, code, fields, within_a_second};
use studyhall_adapters::limits::LocalLimiter;
use studyhall_domain::{
    ports::{AccountStore, Limit},
    sessions::{Client, Registration},
};
use studyhall_wire::{ChangePassword, Login, Register, Role, SessionId};

fn form(username: &str) -> Register {
    Register { username: username.to_owned(), password: PASSWORD.to_owned(), ..Register::default() }
}

#[tokio::test]
async fn registering_signs_in() {
    let node = Node::start().await;
    let client = Client { ip: Some("192.0.2.7".to_owned()), user_agent: Some("Browser\n1.0".to_owned()) };
    let session = node.sessions.register(form("Ada"), &client).await.unwrap();
    assert_eq!((session.user.username.as_str(), session.user.display_name.as_str()), ("ada", "ada"));
    assert_eq!((session.user.role, session.expires_in_s), (Role::User, 600));
    let actor = node.sessions.authenticate(&session.access_token).await.unwrap();
    assert_eq!((actor.user, actor.session, actor.role), (session.user.id, session.session, Role::User));
    let list = node.sessions.list(&actor).await.unwrap();
    assert_eq!(list.len(), 1);
    assert!(list[0].current);
    assert_eq!((list[0].ip.as_deref(), list[0].user_agent.as_deref()), (Some("192.0.2.7"), Some("Browser1.0")));
}

#[tokio::test]
async fn a_name_is_taken_in_every_case_and_all_that_is_wrong_is_told_at_once() {
    let node = Node::start().await;
    node.register("ada").await;
    let client = Client::default();
    assert_eq!(code(node.sessions.register(form("ADA"), &client).await), "username_taken");
    let wrong = Register {
        username: "a".to_owned(),
        password: "short".to_owned(),
        display_name: Some("two\nlines".to_owned()),
        email: Some("nobody".to_owned()),
    };
    let told = fields(node.sessions.register(wrong, &client).await);
    assert_eq!(told, ["username too_short", "password too_short", "display_name invalid", "email invalid"]);
}

#[tokio::test]
async fn registration_may_be_closed() {
    for mode in [Registration::Invite, Registration::Closed] {
        let node = Node::with(Arc::new(LocalLimiter::off()), mode).await;
        assert_eq!(code(node.sessions.register(form("ada"), &Client::default()).await), "registration_closed");
        assert_eq!(node.store.count_accounts().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn who_signs_in_with_what() {
    let node = Node::start().await;
    let ada = node.register("ada").await;
    for name in ["ada", "ADA", " Ada "] {
        assert_eq!(node.login(name, PASSWORD).await.unwrap().user.id, ada.user.id);
    }
    for (name, password) in
        [("ada", "wrong horse"), ("bob", PASSWORD), ("", PASSWORD), ("ada", ""), (&"a".repeat(999), PASSWORD)]
    {
        assert_eq!(code(node.login(name, password).await), "invalid_credentials", "{name}");
    }
    assert_eq!(fields(node.login("ad\0a", "\0").await), ["username nul", "password nul"]);
}

#[tokio::test]
async fn a_suspended_account_is_told_so_only_with_its_password() {
    let node = Node::start().await;
    let session = node.register("ada").await;
    let database = rusqlite::Connection::open(node.dir.path().join("studyhall.db")).unwrap();
    let now = studyhall_domain::now().as_millis();
    database.execute("UPDATE accounts SET suspended_at = ?1 WHERE username = 'ada'", [now]).unwrap();
    assert_eq!(code(node.login("ada", "wrong horse").await), "invalid_credentials");
    assert_eq!(code(node.login("ada", PASSWORD).await), "account_suspended");
    assert_eq!(code(node.sessions.refresh(&session.refresh_token).await), "account_suspended");
    assert_eq!(code(node.sessions.authenticate(&session.access_token).await), "account_suspended");
}

#[tokio::test]
async fn tokens_are_for_what_they_are_for() {
    let node = Node::start().await;
    let ada = node.register("ada").await;
    assert!(node.sessions.authenticate_media(&ada.media_token).await.is_ok());
    let (actor, until) = node.sessions.verify_socket(&ada.access_token).await.unwrap();
    assert_eq!(actor.session, ada.session);
    let left = until.as_millis() - studyhall_domain::now().as_millis();
    assert!((590_000..=600_000).contains(&left), "{left}");
    for (token, expected) in [
        (ada.media_token.as_str(), "token_invalid"),
        (&ada.refresh_token, "token_invalid"),
        ("", "token_invalid"),
        ("a.b.c", "token_invalid"),
        (&ada.access_token[..ada.access_token.len() - 2], "token_invalid"),
        (&ada.access_token, "ok"),
    ] {
        assert_eq!(code(node.sessions.authenticate(token).await), expected, "{token}");
    }
    assert_eq!(code(node.sessions.authenticate_media(&ada.access_token).await), "token_invalid");
    assert_eq!(code(node.sessions.refresh(&ada.access_token).await), "token_invalid");
    assert_eq!(code(node.sessions.refresh("").await), "token_invalid");
}

#[tokio::test]
async fn a_refresh_token_is_spent_for_its_successor() {
    let node = Node::start().await;
    let first = node.register("ada").await;
    let second = node.sessions.refresh(&first.refresh_token).await.unwrap();
    assert_eq!(second.session, first.session, "the session goes on");
    assert_ne!(second.refresh_token, first.refresh_token);
    let again = node.sessions.refresh(&first.refresh_token).await.unwrap();
    assert_eq!(again.refresh_token, second.refresh_token, "two tabs, or a lost answer");
    let third = node.sessions.refresh(&second.refresh_token).await.unwrap();
    assert!(node.sessions.authenticate(&first.access_token).await.is_ok());

    assert_eq!(code(node.sessions.refresh(&first.refresh_token).await), "token_reused");
    for session in [&first, &second, &third] {
        assert_eq!(code(node.sessions.authenticate(&session.access_token).await), "session_ended");
        assert_eq!(code(node.sessions.authenticate_media(&session.media_token).await), "session_ended");
    }
    assert_eq!(code(node.sessions.refresh(&third.refresh_token).await), "token_invalid");
    assert_eq!(node.heard.ended(), [first.session]);
}

#[tokio::test]
async fn sessions_end_one_by_one_or_all_others() {
    let node = Node::start().await;
    let here = node.register("ada").await;
    let [there, elsewhere] = [node.login("ada", PASSWORD).await.unwrap(), node.login("ada", PASSWORD).await.unwrap()];
    let (ada, bob) = (node.actor(&here).await, node.register("bob").await);
    node.actor(&there).await;
    let bob = node.actor(&bob).await;

    assert_eq!(code(node.sessions.end(&bob, there.session).await), "not_found", "not one's own");
    assert_eq!(code(node.sessions.end(&ada, SessionId::new()).await), "not_found");
    node.sessions.end(&ada, there.session).await.unwrap();
    assert_eq!(code(node.sessions.end(&ada, there.session).await), "not_found", "ended already");
    assert_eq!(code(node.sessions.authenticate(&there.access_token).await), "session_ended");
    node.sessions.end_others(&ada).await.unwrap();
    assert_eq!(code(node.sessions.authenticate(&elsewhere.access_token).await), "session_ended");
    assert_eq!(node.sessions.list(&ada).await.unwrap().len(), 1);
    node.sessions.logout(&ada).await.unwrap();
    assert_eq!(code(node.sessions.authenticate(&here.access_token).await), "session_ended");
    assert_eq!(node.heard.ended(), [there.session, elsewhere.session, here.session]);
    assert!(node.sessions.list(&bob).await.unwrap()[0].current);
}

#[tokio::test]
async fn changing_the_password_ends_the_other_sessions() {
    let node = Node::start().await;
    let (here, there) = (node.register("ada").await, node.login("ada", PASSWORD).await.unwrap());
    let ada = node.actor(&here).await;
    node.actor(&there).await;
    let change = |current: &str, new: &str| ChangePassword {
        current_password: current.to_owned(),
        new_password: new.to_owned(),
    };
    assert_eq!(
        code(node.sessions.change_password(&ada, change("wrong horse", "another horse")).await),
        "wrong_password"
    );
    assert_eq!(
        fields(node.sessions.change_password(&ada, change(PASSWORD, "short")).await),
        ["new_password too_short"]
    );
    assert!(node.sessions.authenticate(&there.access_token).await.is_ok());
    node.sessions.change_password(&ada, change(PASSWORD, "another horse")).await.unwrap();
    assert_eq!(code(node.sessions.authenticate(&there.access_token).await), "session_ended");
    assert!(node.sessions.authenticate(&here.access_token).await.is_ok());
    assert_eq!(node.heard.ended(), [there.session]);
    assert_eq!(code(node.login("ada", PASSWORD).await), "invalid_credentials");
    assert!(node.login("ada", "another horse").await.is_ok());
}

#[tokio::test]
async fn every_node_hears_of_an_end_within_a_second() {
    let here = Node::start().await;
    let session = here.register("ada").await;
    let there = here.beside();
    let following = tokio::spawn({
        let (sessions, heard) = (there.sessions.clone(), there.heard.clone());
        async move { sessions.follow_revocations(heard).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let ada = there.actor(&session).await;
    here.sessions.logout(&ada).await.unwrap();
    within_a_second(async || there.sessions.authenticate(&session.access_token).await.is_err()).await;
    assert_eq!(code(there.sessions.authenticate(&session.access_token).await), "session_ended");
    assert_eq!(there.heard.ended(), [session.session]);

    let session = there.login("ada", PASSWORD).await.unwrap();
    assert_eq!(there.actor(&session).await.role, Role::User);
    here.accounts.set_role("Ada", Role::Moderator).await.unwrap();
    within_a_second(async || there.actor(&session).await.role == Role::Moderator).await;
    following.abort();
}

#[tokio::test]
async fn guessing_is_slowed_down_by_account_and_address() {
    let node = Node::with(Arc::new(LocalLimiter::new()), Registration::Open).await;
    node.register("ada").await;
    let guess = |ip: &str, username: &str| {
        let client = Client { ip: Some(ip.to_owned()), user_agent: None };
        let form = Login { username: username.to_owned(), password: "wrong horse".to_owned() };
        let sessions = node.sessions.clone();
        async move { code(sessions.login(form, &client).await) }
    };
    for _ in 0..Limit::SignIn.rate().burst {
        assert_eq!(guess("2001:db8::1", "ada").await, "invalid_credentials");
    }
    assert_eq!(guess("2001:db8::1", " ADA ").await, "rate_limited", "the same account");
    assert_eq!(guess("2001:db8::ffff:1", "ada").await, "rate_limited", "the same site");
    assert_eq!(guess("2001:db8:0:1::1", "ada").await, "invalid_credentials", "another site");
    assert_eq!(guess("2001:db8::1", "bob").await, "invalid_credentials", "another account in the classroom");

    let ada = Login { username: "ada".to_owned(), password: PASSWORD.to_owned() };
    let session = node.sessions.login(ada, &Client::default()).await.unwrap();
    let actor = node.actor(&session).await;
    for n in 0..=Limit::SignIn.rate().burst {
        let change = ChangePassword { current_password: format!("wrong horse {n}"), new_password: PASSWORD.to_owned() };
        let expected = if n < Limit::SignIn.rate().burst { "wrong_password" } else { "rate_limited" };
        assert_eq!(code(node.sessions.change_password(&actor, change).await), expected);
    }
}
