//! What holds for every blob store.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use studyhall_domain::{
    Error, Result,
    ports::{BlobId, BlobStore, ByteStream, Stored},
    tasks::in_future,
};

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

/// Bytes that no compression and no cache makes less of, the same for the same seed.
fn noise(seed: u64, length: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    Bytes::from(bytes)
}

/// The bytes in pieces of this size.
fn pieces(bytes: &Bytes, size: usize) -> ByteStream {
    let pieces: Vec<Result<Bytes>> = bytes.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces).boxed()
}

async fn read(store: &dyn BlobStore, id: &BlobId, start: u64, length: u64) -> (u64, Vec<u8>) {
    let reading = store.get_range(id, start, length).await.expect("read").expect("there");
    let pieces: Vec<Bytes> = reading.bytes.try_collect().await.expect("read to the end");
    (reading.size, pieces.concat())
}

pub(super) async fn streams_hold(store: &dyn BlobStore) {
    // More than any part of a multipart upload, and not a multiple of one.
    let big = noise(1, 21_000_001);
    let stored = store.put_stream(pieces(&big, 65_537), u64::MAX).await.expect("stored");
    assert_eq!(stored, Stored { id: BlobId::of(&big), size: big.len() as u64 });
    assert_eq!(store.put_stream(pieces(&big, 1_000_000), u64::MAX).await.expect("stored again"), stored);
    assert_eq!(store.get(&stored.id).await.expect("read"), Some(big.clone()));
    let size = stored.size;
    for (start, length) in [(0, size), (0, u64::MAX), (0, 1), (5_242_879, 2), (10_000_000, 9_000_000), (size - 1, 50)] {
        let (whole, part) = read(store, &stored.id, start, length).await;
        let (from, to) = (usize::try_from(start).unwrap_or(0), start.saturating_add(length).min(size));
        assert_eq!(whole, size);
        assert!(part == big[from..usize::try_from(to).unwrap_or(0)], "{start} {length}");
    }
    for (start, length) in [(size, 1), (size + 1, 1), (u64::MAX, u64::MAX), (3, 0)] {
        assert_eq!(read(store, &stored.id, start, length).await, (size, Vec::new()));
    }
    store.delete(&stored.id).await.expect("deleted");
    assert!(store.get_range(&stored.id, 0, 1).await.expect("read").is_none());
    assert!(store.get_range(&BlobId("../x".to_owned()), 0, 1).await.expect("no blob").is_none());

    for small in [Bytes::new(), noise(2, 1), noise(3, 70_000)] {
        let stored = store.put_stream(pieces(&small, 1_000), 70_000).await.expect("stored");
        assert_eq!(stored.id, BlobId::of(&small));
        assert_eq!(read(store, &stored.id, 0, u64::MAX).await, (small.len() as u64, small.to_vec()));
        assert_eq!(store.put(small).await.expect("the same"), stored.id);
    }
}

pub(super) async fn broken_streams_leave_nothing(store: &dyn BlobStore) {
    let most = 6_000_000;
    for length in [most + 1, 2 * most] {
        let bytes = noise(4, length);
        let refused = store.put_stream(pieces(&bytes, 300_000), most as u64).await;
        assert!(matches!(refused, Err(Error::TooLarge { limit: 6_000_000 })), "{refused:?}");
        assert_eq!(store.get(&BlobId::of(&bytes)).await.expect("read"), None);
    }
    let bytes = noise(5, 12_000_000);
    let cut = stream::once(async { Err(Error::Malformed("the client went away".into())) });
    let broken = store.put_stream(pieces(&bytes, 300_000).chain(cut).boxed(), u64::MAX).await;
    assert!(matches!(broken, Err(Error::Malformed(_))), "{broken:?}");
    assert_eq!(store.get(&BlobId::of(&bytes)).await.expect("read"), None);

    // Dropped in the middle, as by a client that hangs up.
    let stuck = pieces(&bytes, 300_000).chain(stream::pending()).boxed();
    let dropped = tokio::time::timeout(std::time::Duration::from_millis(700), store.put_stream(stuck, u64::MAX)).await;
    assert!(dropped.is_err(), "it waits for the rest");
    assert_eq!(store.get(&BlobId::of(&bytes)).await.expect("read"), None);
    store.sweep(in_future(std::time::Duration::from_mins(1))).await.expect("swept");
    let stored = store.put_stream(pieces(&bytes, 300_000), u64::MAX).await.expect("stored after all");
    assert_eq!(stored.id, BlobId::of(&bytes));
}
