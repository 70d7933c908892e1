//! Search for people by the beginnings of their names.

use studyhall_domain::ports::{AccountStore, ProfileChange};
use studyhall_store_sql::SqlStore;

use crate::backend::{Backend, new_account, seconds, someone};

async fn register(store: &SqlStore, people: &[(&str, &str)]) {
    for (username, display_name) in people {
        store.register(new_account(username, display_name), None).await.unwrap();
    }
}

async fn found(store: &SqlStore, prefix: &str) -> Vec<String> {
    store.search_people(prefix, None, 100).await.unwrap().into_iter().map(|account| account.username).collect()
}

pub async fn search_is_by_prefix_of_names(backend: &Backend) {
    let store = &backend.store;
    register(
        store,
        &[("zoe", "Anna Zoë Smith"), ("annabel", "Bel"), ("hanna", "Hanna O'Brien-Kent"), ("ming", "王小明")],
    )
    .await;
    assert_eq!(found(store, "anna").await, ["annabel", "zoe"], "not from the middle of a word");
    assert_eq!(found(store, "smi").await, ["zoe"]);
    assert_eq!(found(store, "zo").await, ["zoe"], "found by two names, given once");
    assert_eq!(found(store, "o'b").await, ["hanna"]);
    assert_eq!(found(store, "kent").await, ["hanna"]);
    assert_eq!(found(store, "anna z").await, ["zoe"], "a whole name is a beginning, too");
    assert_eq!(found(store, "王小").await, ["ming"]);
    assert_eq!(found(store, "王大").await, Vec::<String>::new());
    assert_eq!(found(store, "annabelle").await, Vec::<String>::new());
}

pub async fn search_takes_no_patterns(backend: &Backend) {
    let store = &backend.store;
    register(store, &[("a_b", "100% sure"), ("axb", "100 percent"), ("back", "\\slash"), ("quote", "'; DROP TABLE")])
        .await;
    assert_eq!(found(store, "a_").await, ["a_b"]);
    assert_eq!(found(store, "100%").await, ["a_b"]);
    assert_eq!(found(store, "%%").await, Vec::<String>::new());
    assert_eq!(found(store, "__").await, Vec::<String>::new());
    assert_eq!(found(store, "\\s").await, ["back"]);
    assert_eq!(found(store, "';").await, ["quote"]);
    assert_eq!(found(store, "a*").await, Vec::<String>::new());
    assert_eq!(found(store, "\u{10FFFF}\u{10FFFF}").await, Vec::<String>::new());
}

pub async fn search_folds_case_and_composition(backend: &Backend) {
    let store = &backend.store;
    register(
        store,
        &[("anna", "Anna MÜLLER"), ("bert", "Bert Mu\u{308}hsam"), ("emre", "Emre ÇELİK"), ("ivan", "Иван")],
    )
    .await;
    assert_eq!(found(store, "mü").await, ["anna", "bert"]);
    assert_eq!(found(store, "MÜ").await, ["anna", "bert"]);
    assert_eq!(found(store, "mu\u{308}").await, ["anna", "bert"]);
    assert_eq!(found(store, "çel").await, ["emre"]);
    assert_eq!(found(store, "ИВ").await, ["ivan"]);
    assert_eq!(found(store, "ａｎｎａ").await, ["anna"], "full-width letters are letters");
}

pub async fn search_pages_by_username(backend: &Backend) {
    let store = &backend.store;
    // Bytes order: digits, then '_', then letters.
    register(store, &[("anna_1", "x"), ("annab", "x"), ("anna.2", "x"), ("anna-3", "x"), ("anna0", "x")]).await;
    let all = ["anna-3", "anna.2", "anna0", "anna_1", "annab"];
    assert_eq!(found(store, "anna").await, all);
    let mut paged = Vec::new();
    while let page = store.search_people("anna", paged.last().map(String::as_str), 2).await.unwrap()
        && !page.is_empty()
    {
        assert!(page.len() <= 2);
        paged.extend(page.into_iter().map(|account| account.username));
    }
    assert_eq!(paged, all);
}

pub async fn search_leaves_out_who_is_gone(backend: &Backend) {
    let store = &backend.store;
    register(store, &[("annabel", "Annabel"), ("annika", "Annika")]).await;
    let gone = someone(store, "anna").await;
    assert_eq!(found(store, "ann").await, ["anna", "annabel", "annika"]);
    store.delete_account(gone.id, seconds(1)).await.unwrap();
    backend.execute("UPDATE accounts SET suspended_at = created_at WHERE username = 'annika'").await;
    assert_eq!(found(store, "ann").await, ["annabel"]);
}

pub async fn search_follows_the_display_name(backend: &Backend) {
    let store = &backend.store;
    let anna = store.register(new_account("anna", "Anna Müller"), None).await.unwrap();
    let rename = |name: &str| ProfileChange { display_name: Some(name.to_owned()), ..ProfileChange::default() };
    store.update_profile(anna.id, rename("Anna Schmidt")).await.unwrap();
    assert_eq!(found(store, "mül").await, Vec::<String>::new());
    assert_eq!(found(store, "schm").await, ["anna"]);
    let words = ["word"; 32].join(" ");
    store.update_profile(anna.id, rename(&words)).await.unwrap();
    assert_eq!(found(store, "wo").await, ["anna"]);
}
