//! A TCP proxy that makes a network as bad as a test wants it: slow, cut, or silent.

use std::{future::pending, io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// What happens to bytes on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    Good,
    /// Every chunk comes this much later, in each direction.
    Slow(Duration),
    /// Connections stay open, new ones are taken, and nothing arrives.
    Silent,
    /// Connections are closed, and new ones at once.
    Cut,
}

/// The network as it is now, and how often it was cut: what was open before a cut never comes back.
#[derive(Clone, Copy, Debug)]
struct State {
    network: Network,
    cuts: u64,
}

/// Ends with its value, and its connections with it.
#[derive(Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    state: watch::Sender<State>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// To `target`, `host:port`.
    pub async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, state) = watch::channel(State { network: Network::Good, cuts: 0 });
        let accepting = tokio::spawn(accept(listener, target.to_owned(), state));
        Self { address, state: sender, accepting }
    }

    /// In front of what `url` names; gives the same URL with the proxy's address in it.
    pub async fn before(url: &str) -> (Self, String) {
        let start = url.find("://").map_or(0, |at| at + 3);
        let end = url[start..].find(['/', '?']).map_or(url.len(), |at| start + at);
        let authority = &url[start..end];
        let host = authority.rfind('@').map_or(authority, |at| &authority[at + 1..]);
        let proxy = Self::to(host).await;
        let through = authority.replace(host, &proxy.address.to_string());
        let url = format!("{}{through}{}", &url[..start], &url[end..]);
        (proxy, url)
    }

    /// From now on, also for connections that are open.
    pub fn be(&self, network: Network) {
        self.state.send_modify(|state| {
            state.network = network;
            state.cuts += u64::from(network == Network::Cut);
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.be(Network::Cut);
    }
}

async fn accept(listener: TcpListener, target: String, state: watch::Receiver<State>) {
    while let Ok((client, _)) = listener.accept().await {
        if state.borrow().network != Network::Cut {
            tokio::spawn(carry(client, target.clone(), state.clone()));
        }
    }
}

/// Carries one connection until an end closes it, or the network does.
async fn carry(client: TcpStream, target: String, state: watch::Receiver<State>) {
    let cuts = state.borrow().cuts;
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut until = state.clone();
    tokio::select! {
        _ = pass(from_client, to_server, state.clone()) => {}
        _ = pass(from_server, to_client, state) => {}
        () = async { drop(until.wait_for(|state| state.cuts != cuts).await) } => {}
    }
}

async fn pass(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    state: watch::Receiver<State>,
) -> io::Result<()> {
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut chunk).await?;
        let network = state.borrow().network;
        match network {
            // What is on its way in a silent network is lost: it must not arrive later, when nobody expects it.
            Network::Silent => return pending().await,
            Network::Slow(delay) => sleep(delay).await,
            Network::Good | Network::Cut => {}
        }
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(&chunk[..length]).await?;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, timeout};

    use super::*;

    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    async fn ask(stream: &mut TcpStream) -> io::Result<u8> {
        stream.write_all(b"x").await?;
        stream.read_u8().await
    }

    #[tokio::test]
    async fn it_is_as_bad_as_it_is_told_to_be() {
        let (proxy, url) = Proxy::before(&format!("redis://:secret@{}/0?x=y", echo().await)).await;
        assert_eq!(url, format!("redis://:secret@{}/0?x=y", proxy.address));
        let connect = || TcpStream::connect(proxy.address);
        let mut stream = connect().await.expect("a connection");
        assert_eq!(ask(&mut stream).await.expect("an answer"), b'x');

        proxy.be(Network::Slow(Duration::from_millis(50)));
        let start = Instant::now();
        ask(&mut stream).await.expect("an answer");
        assert!(start.elapsed() >= Duration::from_millis(100));

        proxy.be(Network::Silent);
        assert!(timeout(Duration::from_millis(100), ask(&mut stream)).await.is_err());
        proxy.be(Network::Cut);
        assert!(stream.read_u8().await.is_err(), "cut while it waited");
        let mut refused = connect().await.expect("the listener itself stays");
        assert!(ask(&mut refused).await.is_err());
        proxy.be(Network::Good);
        ask(&mut connect().await.expect("a connection")).await.expect("an answer");
    }
}
