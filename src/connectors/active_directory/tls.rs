//! Whom a connection trusts, and what it says of those whom it does not.

use std::sync::Arc;

use ldap3::LdapError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};

use super::config::PemFile;

/// Trusts this authority and no other. `Err`: what is wrong with the file.
pub(super) async fn trusting(ca: &PemFile) -> Result<Arc<ClientConfig>, String> {
    let path = ca.0.display();
    let pem = tokio::fs::read(&ca.0).await.map_err(|error| format!("ca: {path} cannot be read: {error}"))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| format!("ca: {path} is no PEM: {error}"))?;
        roots
            .add(certificate)
            .map_err(|error| format!("ca: {path} holds a certificate that does not read: {error}"))?;
    }
    if roots.is_empty() {
        return Err(format!("ca: {path} holds no certificate in PEM"));
    }
    // The one provider of this process, named so that no other can be picked.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// What to do about a certificate that was not believed; empty if that was not it.
pub(super) fn advice(error: &LdapError) -> &'static str {
    let LdapError::Io { source } = error else { return "" };
    let inner = source.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(certificate)) => match certificate {
            // An authority of the same name with another key signs badly.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "; give the PEM of the authority that signed the controller's certificate as `ca`"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "; write the controller's name in `urls` as it stands in its certificate"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "; renew the controller's certificate"
            }
            _ => "; give the controller a certificate of an authority that is trusted",
        },
        _ => "",
    }
}
