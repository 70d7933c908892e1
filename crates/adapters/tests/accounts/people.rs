//! Profiles, pictures, search and deletion, on the real store.

use crate::common::{Node, PASSWORD, code, fields};
use bytes::Bytes;
use studyhall_domain::ports::{BlobStore, ConversationStore};
use studyhall_wire::{DmPolicy, Presence, Role, UpdateProfile, UserId};

#[tokio::test]
async fn presence_is_for_oneself_and_who_shares_a_conversation() {
    let node = Node::start().await;
    let [ada, bob, eve] = [node.register("ada").await, node.register("bob").await, node.register("eve").await];
    let ids = [ada.user.id, bob.user.id, eve.user.id, UserId::new()];
    for (id, state) in [(ada.user.id, Presence::Online), (bob.user.id, Presence::Away)] {
        node.set_presence(id, state).await;
    }
    node.store.open_direct(ada.user.id, bob.user.id, studyhall_domain::now()).await.unwrap();
    for (viewer, expected) in [
        (&ada, [Presence::Online, Presence::Away, Presence::Offline]),
        (&bob, [Presence::Online, Presence::Away, Presence::Offline]),
        (&eve, [Presence::Offline, Presence::Offline, Presence::Offline]),
    ] {
        let users = node.people.users(viewer.user.id, &ids).await.unwrap();
        assert_eq!(users.len(), 3, "who does not exist is left out");
        assert_eq!([ids[0], ids[1], ids[2]].map(|id| users[&id].presence), expected);
    }
    assert_eq!(node.people.user(bob.user.id, ada.user.id).await.unwrap().presence, Presence::Online);
    assert_eq!(code(node.people.user(ada.user.id, UserId::new()).await), "not_found");
}

#[tokio::test]
async fn people_are_found_by_how_their_names_begin() {
    let node = Node::start().await;
    for name in ["anna", "annabel", "annemarie", "bert"] {
        node.register(name).await;
    }
    let session = node.login("bert", PASSWORD).await.unwrap();
    let mut bert = node.actor(&session).await;
    let form = UpdateProfile { display_name: Some("Bert Annoyed".to_owned()), ..UpdateProfile::default() };
    node.accounts.update_profile(&bert, form).await.unwrap();
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = node.people.search(&bert, " ANN", cursor.as_deref(), 3).await.unwrap();
        assert!(page.items.len() <= 3);
        found.extend(page.items.into_iter().map(|user| user.username));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, ["anna", "annabel", "annemarie", "bert"]);
    assert!(node.people.search(&bert, "a%", None, 50).await.unwrap().items.is_empty(), "no pattern");
    for (query, cursor, expected) in [
        ("a", None, "query too_short"),
        (" a ", None, "query too_short"),
        ("a\0", None, "query nul"),
        ("ann", Some("?"), "cursor invalid"),
    ] {
        assert_eq!(fields(node.people.search(&bert, query, cursor, 50).await), [expected]);
    }
    bert.role = Role::Guest;
    assert_eq!(code(node.people.search(&bert, "ann", None, 50).await), "forbidden");
}

#[tokio::test]
async fn a_profile_changes_where_it_is_given() {
    let node = Node::start().await;
    let session = node.register("ada").await;
    let ada = node.actor(&session).await;
    let me = node.accounts.me(&ada).await.unwrap();
    assert_eq!((me.dm_policy, me.email_verified, me.email.as_deref()), (DmPolicy::Everyone, false, None));
    let form = UpdateProfile {
        display_name: Some(" Ada Lovelace ".to_owned()),
        bio: Some("Notes".to_owned()),
        dm_policy: Some(DmPolicy::Nobody),
        locale: Some("DE-de".to_owned()),
        timezone: Some("europe/berlin".to_owned()),
        ..UpdateProfile::default()
    };
    let me = node.accounts.update_profile(&ada, form).await.unwrap();
    assert_eq!((me.user.display_name.as_str(), me.user.bio.as_str()), ("Ada Lovelace", "Notes"));
    assert_eq!((me.dm_policy, me.locale.as_str(), me.timezone.as_str()), (DmPolicy::Nobody, "de-DE", "Europe/Berlin"));
    assert_eq!(node.accounts.update_profile(&ada, UpdateProfile::default()).await.unwrap(), me);
    assert_eq!(node.accounts.me(&ada).await.unwrap(), me);
    assert_eq!(node.heard.profiles(), [ada.user, ada.user]);
    let form = UpdateProfile {
        display_name: Some(" ".to_owned()),
        locale: Some("x".to_owned()),
        timezone: Some("Mars".to_owned()),
        email: Some("nobody".to_owned()),
        ..UpdateProfile::default()
    };
    let told = fields(node.accounts.update_profile(&ada, form).await);
    let expected =
        ["display_name required", "locale invalid", "timezone invalid", "email invalid", "current_password required"];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_address_waits_and_needs_the_password() {
    let node = Node::start().await;
    let session = node.register("ada").await;
    let ada = node.actor(&session).await;
    let form = |email: &str, password: &str| UpdateProfile {
        email: Some(email.to_owned()),
        current_password: Some(password.to_owned()),
        ..UpdateProfile::default()
    };
    assert_eq!(
        code(node.accounts.update_profile(&ada, form("ada@example.org", "wrong horse")).await),
        "wrong_password"
    );
    let me = node.accounts.update_profile(&ada, form("ada@example.org", PASSWORD)).await.unwrap();
    assert_eq!((me.email.as_deref(), me.pending_email.as_deref()), (None, Some("ada@example.org")));
    assert_eq!(code(node.login("ada@example.org", PASSWORD).await), "invalid_credentials", "not verified");
    let me = node.accounts.update_profile(&ada, form("", PASSWORD)).await.unwrap();
    assert_eq!((me.email, me.pending_email), (None, None));
}

#[tokio::test]
async fn pictures_are_kept_while_somebody_has_them() {
    let node = Node::start().await;
    let [ada, bob] = [node.register("ada").await, node.register("bob").await];
    let [ada, bob] = [node.actor(&ada).await, node.actor(&bob).await];
    let picture = Bytes::from_static(b"a picture");
    assert_eq!(node.accounts.avatar(ada.user).await.unwrap(), None);
    let me = node.accounts.set_avatar(&ada, picture.clone()).await.unwrap();
    let url = me.user.avatar_url.unwrap();
    assert!(url.starts_with(&format!("/api/v1/users/{}/avatar?v=", ada.user)), "{url}");
    node.accounts.set_avatar(&bob, picture.clone()).await.unwrap();
    let (blob, bytes) = node.accounts.avatar(ada.user).await.unwrap().unwrap();
    assert_eq!(bytes, picture);

    let me = node.accounts.set_avatar(&ada, Bytes::from_static(b"another")).await.unwrap();
    assert_ne!(me.user.avatar_url.unwrap(), url);
    node.forget_holds();
    assert_eq!(node.run_tasks().await, 1);
    assert!(node.blobs.get(&blob).await.unwrap().is_some(), "bob has it");
    node.accounts.clear_avatar(&bob).await.unwrap();
    node.forget_holds();
    assert_eq!(node.run_tasks().await, 1);
    assert!(node.blobs.get(&blob).await.unwrap().is_none());
    assert_eq!(node.accounts.clear_avatar(&bob).await.unwrap().user.avatar_url, None);
    assert_eq!(node.accounts.avatar(UserId::new()).await.unwrap(), None);
}

#[tokio::test]
async fn two_people_with_one_picture_do_not_lose_it_between_them() {
    let node = Node::start().await;
    let [ada, bob] = [node.register("ada").await, node.register("bob").await];
    let [ada, bob] = [node.actor(&ada).await, node.actor(&bob).await];
    let picture = Bytes::from_static(b"a picture");
    for _ in 0..20 {
        node.accounts.set_avatar(&ada, picture.clone()).await.unwrap();
        let (cleared, set) =
            tokio::join!(node.accounts.clear_avatar(&ada), node.accounts.set_avatar(&bob, picture.clone()));
        cleared.unwrap();
        set.unwrap();
        assert_eq!(node.accounts.avatar(bob.user).await.unwrap().unwrap().1, picture);
        node.accounts.clear_avatar(&bob).await.unwrap();
        node.forget_holds();
        node.run_tasks().await;
    }
}

#[tokio::test]
async fn a_picture_that_is_being_erased_is_not_lost_to_who_sets_it_again() {
    let node = Node::start().await;
    let ada = node.actor(&node.register("ada").await).await;
    let picture = Bytes::from_static(b"a picture");
    for _ in 0..20 {
        node.accounts.set_avatar(&ada, picture.clone()).await.unwrap();
        node.accounts.clear_avatar(&ada).await.unwrap();
        node.forget_holds();
        let (set, _) = tokio::join!(node.accounts.set_avatar(&ada, picture.clone()), node.run_tasks());
        set.unwrap();
        assert_eq!(node.accounts.avatar(ada.user).await.unwrap().unwrap().1, picture);
    }
}

#[tokio::test]
async fn a_deleted_account_keeps_its_id_alone() {
    let node = Node::start().await;
    let [session, bob] = [node.register("ada").await, node.register("bob").await];
    let (ada, bob) = (node.actor(&session).await, node.actor(&bob).await);
    node.accounts.set_avatar(&ada, Bytes::from_static(b"a picture")).await.unwrap();
    let (blob, _) = node.accounts.avatar(ada.user).await.unwrap().unwrap();
    node.set_presence(ada.user, Presence::Online).await;
    assert_eq!(code(node.accounts.delete(&ada, "wrong horse").await), "wrong_password");
    node.accounts.delete(&ada, PASSWORD).await.unwrap();

    let user = node.people.user(bob.user, ada.user).await.unwrap();
    assert!(user.deleted);
    assert_eq!((user.username.as_str(), user.display_name.as_str(), user.bio.as_str()), ("", "", ""));
    assert_eq!((user.avatar_url, user.presence), (None, Presence::Offline));
    assert_eq!(node.accounts.avatar(ada.user).await.unwrap(), None);
    node.forget_holds();
    assert_eq!(node.run_tasks().await, 1);
    assert!(node.blobs.get(&blob).await.unwrap().is_none());
    assert!(node.people.search(&bob, "ada", None, 50).await.unwrap().items.is_empty());
    assert_eq!(code(node.sessions.authenticate(&session.access_token).await), "session_ended");
    assert_eq!(code(node.sessions.refresh(&session.refresh_token).await), "token_invalid");
    assert_eq!(code(node.login("ada", PASSWORD).await), "invalid_credentials");
    assert_eq!(node.heard.ended(), [session.session]);
    assert_eq!(node.heard.profiles().last(), Some(&ada.user));
    let again = studyhall_wire::Register {
        username: "ada".to_owned(),
        password: PASSWORD.to_owned(),
        ..studyhall_wire::Register::default()
    };
    let again = node.sessions.register(again, &studyhall_domain::sessions::Client::default()).await;
    assert_eq!(code(again), "username_taken", "a name is never given again");
}

#[tokio::test]
async fn an_operator_makes_accounts_and_resets_passwords() {
    let node = Node::start().await;
    let new = studyhall_domain::accounts::NewUser {
        username: "Root-1".to_owned(),
        display_name: None,
        password: PASSWORD.to_owned(),
        role: Role::Superuser,
    };
    assert_eq!(node.accounts.create(new.clone()).await.unwrap().username, "root-1");
    assert_eq!(code(node.accounts.create(new).await), "username_taken");
    let session = node.login("root-1", PASSWORD).await.unwrap();
    assert_eq!(session.user.role, Role::Superuser);
    node.accounts.reset_password("ROOT-1", "another horse").await.unwrap();
    assert_eq!(code(node.login("root-1", PASSWORD).await), "invalid_credentials");
    assert_eq!(code(node.sessions.refresh(&session.refresh_token).await), "token_invalid");
    assert!(node.login("root-1", "another horse").await.is_ok());
    assert_eq!(code(node.accounts.reset_password("nobody", "another horse").await), "not_found");
    assert_eq!(code(node.accounts.set_role("nobody", Role::Admin).await), "not_found");
    assert_eq!(code(node.accounts.set_role("root-1", Role::Guest).await), "last_superuser");
    node.register("ada").await;
    node.accounts.set_role("ada", Role::Superuser).await.unwrap();
    assert_eq!(node.accounts.set_role("root-1", Role::Guest).await.unwrap().role, Role::Guest);
}
