//! How this instance is reached: what the outside may be believed about, and under which name it is known.

use std::{net::IpAddr, path::PathBuf};

use actix_web::{
    HttpRequest,
    http::{
        header::{self, HeaderMap},
        uri::Authority,
    },
};
use ipnet::IpNet;
use secrecy::SecretString;

/// Settings of the HTTP interface.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `https://study.example.org`, without a slash at the end. Where it is missing, the request's host counts.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-*` and `X-Request-Id` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Opens `/metrics` to whoever knows it; without one, only loopback may look.
    pub metrics_token: Option<SecretString>,
    /// Serves the web client from this folder instead of the one in the binary.
    pub web_dir: Option<PathBuf>,
}

impl Settings {
    /// Whether `peer`, the other end of the connection, is a proxy that is believed.
    pub fn trusts(&self, peer: Option<IpAddr>) -> bool {
        peer.is_some_and(|peer| self.is_proxy(peer.to_canonical()))
    }

    /// The client's own address: the connection's, or behind trusted proxies the right-most one in `X-Forwarded-For`
    /// that is no trusted proxy itself. What stands left of it is the client's own word.
    pub fn client_address(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let mut client = peer?.to_canonical();
        let forwarded = headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
        for hop in hops.into_iter().rev() {
            if !self.is_proxy(client) {
                break;
            }
            match parse_hop(hop.trim()) {
                Some(address) => client = address,
                None => break,
            }
        }
        Some(client)
    }

    /// Whether the client came by https: by configuration, or by the word of a trusted proxy.
    pub fn is_https(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
        if let Some(url) = &self.public_url {
            return url.starts_with("https://");
        }
        let proto = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
        proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https")) && self.trusts(peer)
    }

    /// The address under which people reach this instance, without a slash at the end: as configured, or as the request
    /// names it.
    pub fn base_url(&self, request: &HttpRequest) -> String {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        let https = self.is_https(request.peer_addr().map(|peer| peer.ip()), request.headers());
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| request.uri().authority().map(Authority::as_str));
        format!("{}://{}", if https { "https" } else { "http" }, host.unwrap_or("localhost"))
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|net| net.contains(&address))
    }
}

/// One address of `X-Forwarded-For`; some proxies add the port.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let address = hop.parse::<IpAddr>().ok().or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|a| a.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn client(proxies: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let settings = Settings {
            trusted_proxies: proxies.iter().map(|net| net.parse().expect("a network")).collect(),
            ..Settings::default()
        };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            let value = HeaderValue::from_str(value).expect("a header value");
            headers.append(HeaderName::from_static("x-forwarded-for"), value);
        }
        let peer = peer.parse().expect("an address");
        settings.client_address(Some(peer), &headers).expect("a client").to_string()
    }

    #[test]
    fn nobody_is_believed_by_default() {
        assert_eq!(client(&[], "127.0.0.1", &["203.0.113.9"]), "127.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
    }

    #[test]
    fn the_right_most_untrusted_address_counts() {
        assert_eq!(client(&["127.0.0.1/32"], "127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(&["127.0.0.1/32"], "127.0.0.1", &["1.1.1.1, 203.0.113.9"]), "203.0.113.9");
        let two = ["127.0.0.1/32", "10.0.0.0/8"];
        assert_eq!(client(&two, "127.0.0.1", &["1.1.1.1, 203.0.113.9, 10.1.2.3"]), "203.0.113.9");
        assert_eq!(client(&two, "127.0.0.1", &["1.1.1.1", "203.0.113.9, 10.1.2.3"]), "203.0.113.9");
        assert_eq!(client(&two, "::ffff:127.0.0.1", &["203.0.113.9:4711"]), "203.0.113.9");
    }

    #[test]
    fn nonsense_ends_the_chain_at_the_last_believable_hop() {
        assert_eq!(client(&["127.0.0.1/32"], "127.0.0.1", &["203.0.113.9, unknown"]), "127.0.0.1");
        assert_eq!(client(&["127.0.0.1/32"], "127.0.0.1", &[]), "127.0.0.1");
    }
}
