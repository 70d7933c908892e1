//! What holds for every blob store.

use bytes::Bytes;
use studyhall_domain::ports::{BlobId, BlobStore};

pub(super) async fn holds(store: &dyn BlobStore) {
    let hello = store.put(Bytes::from_static(b"hello")).await.expect("stored");
    assert_eq!(hello.0, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", "SHA-256 in hex");
    assert_eq!(store.get(&hello).await.expect("read").as_deref(), Some(b"hello".as_slice()));
    assert_eq!(store.put(Bytes::from_static(b"hello")).await.expect("stored again"), hello);

    let empty = store.put(Bytes::new()).await.expect("stored");
    assert_eq!(store.get(&empty).await.expect("read").as_deref(), Some(b"".as_slice()));

    let big = Bytes::from((0..3_000_000_u32).map(|n| u8::try_from(n % 251).unwrap_or(0)).collect::<Vec<_>>());
    let id = store.put(big.clone()).await.expect("stored");
    assert_eq!(store.get(&id).await.expect("read"), Some(big));

    store.delete(&hello).await.expect("deleted");
    assert_eq!(store.get(&hello).await.expect("read"), None);
    store.delete(&hello).await.expect("deleting what is not there is nothing");
    assert_eq!(store.put(Bytes::from_static(b"hello")).await.expect("stored anew"), hello);
    assert!(store.get(&hello).await.expect("read").is_some());

    for strange in
        ["", "a", "../../etc/passwd", "2cf24dba/fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b98244", "é"]
    {
        let strange = BlobId(strange.to_owned());
        assert_eq!(store.get(&strange).await.expect("no blob has this id"), None);
        store.delete(&strange).await.expect("nor is there one to delete");
    }

    let same = futures_util::future::join_all((0..8).map(|_| store.put(Bytes::from_static(b"at once")))).await;
    for id in same {
        let id = id.expect("stored");
        assert_eq!(store.get(&id).await.expect("read").as_deref(), Some(b"at once".as_slice()));
    }
}
