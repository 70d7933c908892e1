use std::time::Instant;
use studyhall_domain::ports::*;
use studyhall_store_sql::{DatabaseUrl, SqlStore};
use studyhall_wire::*;

fn new(n: usize) -> NewAccount {
    NewAccount {
        id: UserId::new(),
        username: format!("user{n}"),
        display_name: "x".repeat(60),
        password_hash: "h".repeat(60),
        role: Role::User,
        pending_email: None,
        created_at: studyhall_domain::now(),
    }
}

#[tokio::test]
async fn start() {
    let dir = tempfile::TempDir::new().unwrap();
    let url = DatabaseUrl::Sqlite(dir.path().join("x.db"));
    for _ in 0..4 {
        let t = Instant::now();
        let s = SqlStore::open(&url).unwrap();
        s.migrate().await.unwrap();
        eprintln!("open+migrate {:?}", t.elapsed());
        let t = Instant::now();
        s.account(UserId::new()).await.unwrap();
        eprintln!("first read {:?}", t.elapsed());
        let t = Instant::now();
        for _ in 0..500 {
            s.account(UserId::new()).await.unwrap();
        }
        eprintln!("read {:?}", t.elapsed() / 500);
        let t = Instant::now();
        for n in 0..50 {
            let _ = s.register(new(n), None).await;
        }
        eprintln!("register {:?}", t.elapsed() / 50);
    }
}

#[tokio::test]
async fn full() {
    let url = DatabaseUrl::Sqlite("/tmp/sqlfull/x.db".into());
    let s = SqlStore::open(&url).unwrap();
    s.migrate().await.unwrap();
    let mut made = 0;
    let mut errors = std::collections::BTreeMap::new();
    for n in 0..3000 {
        match s.register(new(n), None).await {
            Ok(_) => made += 1,
            Err(e) => *errors.entry(format!("{e:?}")).or_insert(0) += 1,
        }
        if errors.values().sum::<i32>() > 30 {
            break;
        }
    }
    eprintln!("made {made}; {errors:?}");
    assert_eq!(s.count_accounts().await.unwrap(), made);
    std::fs::remove_file("/tmp/sqlfull/filler").unwrap();
    let mut after = 0;
    for n in 3000..3050 {
        if s.register(new(n), None).await.is_ok() { after += 1 } else { break }
    }
    eprintln!("after {after}");
    assert_eq!(s.count_accounts().await.unwrap(), made + after);
    assert!(after > 0);
}
