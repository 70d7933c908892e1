//! What holds for every presence store, asked from one node.

use std::collections::HashMap;

use studyhall_domain::ports::PresenceStore;
use studyhall_wire::{Presence, UserId};

pub(super) async fn holds(store: &dyn PresenceStore) {
    let [ada, bob, eve] = [UserId::new(), UserId::new(), UserId::new()];
    assert!(store.of(&[ada, bob]).await.expect("answers").is_empty());
    assert!(!store.set(ada, Presence::Offline).await.expect("set"), "nobody is there at first");
    assert!(store.set(ada, Presence::Online).await.expect("set"));
    assert!(!store.set(ada, Presence::Online).await.expect("set"), "a repeat changes nothing");
    assert!(store.set(bob, Presence::Away).await.expect("set"));
    let expected = HashMap::from([(ada, Presence::Online), (bob, Presence::Away)]);
    assert_eq!(store.of(&[ada, bob, eve]).await.expect("answers"), expected, "the others are left out");
    assert_eq!(store.of(&[bob]).await.expect("answers"), HashMap::from([(bob, Presence::Away)]));
    assert!(store.of(&[]).await.expect("answers").is_empty());
    assert!(store.set(ada, Presence::Away).await.expect("set"));
    assert!(store.set(ada, Presence::Offline).await.expect("set"));
    assert!(!store.set(ada, Presence::Offline).await.expect("set"));
    assert!(store.of(&[ada]).await.expect("answers").is_empty());
}
