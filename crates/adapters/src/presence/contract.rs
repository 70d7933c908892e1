//! What holds for every presence store, asked from one node.

use std::collections::HashMap;

use studyhall_domain::ports::PresenceStore;
use studyhall_wire::{Presence, UserId};

pub(super) async fn holds(store: &dyn PresenceStore) {
    let [ada, bob, eve] = [UserId::new(), UserId::new(), UserId::new()];
    assert!(store.of(&[ada, bob]).await.expect("answers").is_empty());
    assert_eq!(store.set(ada, Presence::Offline).await.expect("set"), None, "nobody is there at first");
    assert_eq!(store.set(ada, Presence::Online).await.expect("set"), Some(Presence::Online));
    assert_eq!(store.set(ada, Presence::Online).await.expect("set"), None, "a repeat changes nothing");
    assert_eq!(store.set(bob, Presence::Away).await.expect("set"), Some(Presence::Away));
    let expected = HashMap::from([(ada, Presence::Online), (bob, Presence::Away)]);
    assert_eq!(store.of(&[ada, bob, eve]).await.expect("answers"), expected, "the others are left out");
    assert_eq!(store.of(&[bob]).await.expect("answers"), HashMap::from([(bob, Presence::Away)]));
    assert!(store.of(&[]).await.expect("answers").is_empty());
    assert_eq!(store.set(ada, Presence::Away).await.expect("set"), Some(Presence::Away));
    assert_eq!(store.set(ada, Presence::Offline).await.expect("set"), Some(Presence::Offline));
    assert_eq!(store.set(ada, Presence::Offline).await.expect("set"), None);
    assert!(store.of(&[ada]).await.expect("answers").is_empty());

    let many: Vec<UserId> = (0..1_100).map(|_| UserId::new()).collect();
    for user in [many[0], many[600], many[1_099]] {
        store.set(user, Presence::Away).await.expect("set");
    }
    assert_eq!(store.of(&many).await.expect("answers").len(), 3);
}
