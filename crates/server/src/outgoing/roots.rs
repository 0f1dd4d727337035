//! The certificates that TLS trusts.

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// Trusts what this machine trusts, so that a provider with a company's own CA works. `SSL_CERT_FILE` and `SSL_CERT_DIR` name other lists. If the
/// machine has no list, Mozilla's is used, as for PostgreSQL.
///
/// # Errors
/// When TLS cannot be set up.
pub fn tls() -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(|e| e.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// True if this machine has a list of certificates that it trusts.
pub fn trusts_this_machine() -> bool {
    !rustls_native_certs::load_native_certs().certs.is_empty()
}
