//! `sslmode` and `sslrootcert` of a connection URL, with the meaning that libpq gives them (PostgreSQL's documentation,
//! "SSL Mode Descriptions"), through rustls. The one difference: where `verify-ca` or `verify-full` name no file, the
//! authorities that browsers trust are asked, as libpq does for `sslrootcert=system`.

use std::{path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use studyhall_domain::{Error, Result};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::malformed;

/// How connections are protected.
pub struct Tls {
    mode: SslMode,
    connector: Option<MakeRustlsConnect>,
}

impl Tls {
    pub fn mode(&self) -> SslMode {
        self.mode
    }

    pub fn connector(&self) -> Option<&MakeRustlsConnect> {
        self.connector.as_ref()
    }

    fn new(mode: &str, roots: Option<&str>) -> Result<Self> {
        let (mode, trust) = match mode {
            "disable" => return Ok(Self { mode: SslMode::Disable, connector: None }),
            "allow" | "prefer" => (SslMode::Prefer, Trust::Anybody),
            // With an authority named, libpq verifies against it.
            "require" => (SslMode::Require, if roots.is_some() { Trust::Authority } else { Trust::Anybody }),
            "verify-ca" => (SslMode::Require, Trust::Authority),
            "verify-full" => (SslMode::Require, Trust::AuthorityAndName),
            other => return Err(malformed(&format!("sslmode={other} is not one of PostgreSQL's"))),
        };
        let connector = MakeRustlsConnect::new(trust.config(roots)?);
        Ok(Self { mode, connector: Some(connector) })
    }
}

/// Takes from the URL what the driver does not understand.
pub fn split_url(url: &str) -> Result<(String, Tls)> {
    let (mut mode, mut roots) = ("prefer", None);
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let mut rest = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = value,
            Some(("sslrootcert", value)) => roots = (value != "system").then_some(value),
            _ => rest.push(pair),
        }
    }
    let tls = Tls::new(mode, roots)?;
    let query = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
    Ok((format!("{address}{query}"), tls))
}

/// Who the server may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Anybody,
    /// Whoever has a certificate from the authority.
    Authority,
    AuthorityAndName,
}

impl Trust {
    fn config(self, roots: Option<&str>) -> Result<ClientConfig> {
        let provider = Arc::new(ring::default_provider());
        let inner = match self {
            Self::Anybody => None,
            Self::Authority | Self::AuthorityAndName => {
                let roots = Arc::new(roots.map_or_else(|| Ok(browsers()), |file| from_file(Path::new(file)))?);
                let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build();
                Some(verifier.map_err(|error| malformed(&format!("sslrootcert: {error}")))?)
            }
        };
        let verifier = Verifier { trust: self, inner, provider: provider.clone() };
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().map_err(Error::internal)?;
        Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
    }
}

fn browsers() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

fn from_file(file: &Path) -> Result<RootCertStore> {
    let failed = |error: &dyn std::fmt::Display| malformed(&format!("sslrootcert={}: {error}", file.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| failed(&error))? {
        roots.add(certificate.map_err(|error| failed(&error))?).map_err(|error| failed(&error))?;
    }
    Ok(roots)
}

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    /// None: nothing is verified.
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // The name is looked at last, so all else is well.
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.trust == Trust::Authority => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_tls_is_taken_out_of_the_url() {
        let (url, tls) = split_url("postgres://u:p@h/db?connect_timeout=5&sslmode=require&options=x").expect("good");
        assert_eq!(url, "postgres://u:p@h/db?connect_timeout=5&options=x");
        assert!(tls.mode() == SslMode::Require && tls.connector().is_some());
        let (url, tls) = split_url("postgres://h/db?sslmode=disable").expect("good");
        assert_eq!(url, "postgres://h/db");
        assert!(tls.mode() == SslMode::Disable && tls.connector().is_none());
        assert!(split_url("postgres://h/db").expect("good").1.mode() == SslMode::Prefer);
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        assert!(split_url("postgres://h/db?sslmode=verify").is_err());
        let missing = split_url("postgres://h/db?sslmode=verify-full&sslrootcert=/no/such/file");
        assert!(missing.is_err_and(|error| error.to_string().contains("/no/such/file")));
    }
}
