//! A network between a test and a service, which the test can cut.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    task::JoinHandle,
    time::sleep,
};

const OPEN: u8 = 0;
const CUT: u8 = 1;
const SILENT: u8 = 2;

/// Listens on a port of its own, and passes everything on. Ends with its value.
pub(crate) struct Proxy {
    pub address: SocketAddr,
    state: Arc<AtomicU8>,
    running: JoinHandle<()>,
}

impl Proxy {
    /// To `target`, `host:port`.
    pub(crate) async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(AtomicU8::new(OPEN));
        let running = tokio::spawn(accept(listener, target.to_owned(), Arc::clone(&state)));
        Self { address, state, running }
    }

    /// Closes all connections, and new ones as soon as they open.
    pub(crate) fn cut(&self) {
        self.state.store(CUT, Ordering::Relaxed);
    }

    /// Passes nothing on any more, and says nothing about it.
    pub(crate) fn silence(&self) {
        self.state.store(SILENT, Ordering::Relaxed);
    }

    pub(crate) fn heal(&self) {
        self.state.store(OPEN, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn accept(listener: TcpListener, target: String, state: Arc<AtomicU8>) {
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        if state.load(Ordering::Relaxed) == CUT {
            continue;
        }
        let Ok(server) = TcpStream::connect(&target).await else { continue };
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::spawn(pass(from_client, to_server, Arc::clone(&state)));
        tokio::spawn(pass(from_server, to_client, Arc::clone(&state)));
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: Arc<AtomicU8>) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            () = until_cut(&state) => 0,
        };
        while state.load(Ordering::Relaxed) == SILENT {
            sleep(Duration::from_millis(5)).await;
        }
        if read == 0 || state.load(Ordering::Relaxed) == CUT || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

async fn until_cut(state: &AtomicU8) {
    while state.load(Ordering::Relaxed) != CUT {
        sleep(Duration::from_millis(5)).await;
    }
}
