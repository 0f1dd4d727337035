//! Asking a timestamp authority (RFC 3161) over HTTP.

use super::token::{Algorithm, Imprint, Request, SHA256};
use super::{AnchorError, Stamp};
use crate::outgoing::Http;
use crate::secret;
use der::Encode;
use der::asn1::{Int, Null, OctetString};
use jiff::{SignedDuration, Timestamp};
use ring::digest::{self, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

/// Most that the time of a timestamp may differ from this machine's clock. An old timestamp does not answer this request.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

/// A timestamp authority.
#[derive(Debug, Clone)]
pub struct Authority {
    url: Url,
}

impl Authority {
    /// An authority at an http or https URL. Most public authorities offer only http, because their responses are signed.
    ///
    /// # Errors
    /// What is wrong with the URL.
    pub fn new(url: &str) -> Result<Self, AnchorError> {
        match Url::parse(url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Authority { url }),
            _ => Err(AnchorError::Settings("the timestamp authority's URL is not an http or https URL".to_owned())),
        }
    }

    /// Requests a timestamp for bytes and checks the response: status, message imprint, nonce and time, and with `roots` the signature.
    /// Returns the unchanged response and the timestamp in it.
    ///
    /// # Errors
    /// When the authority does not respond within five seconds, or the response fails a check.
    pub async fn stamp(
        &self,
        bytes: &[u8],
        roots: &[CertificateDer<'_>],
        now: Timestamp,
    ) -> Result<(Vec<u8>, Stamp), AnchorError> {
        let http = Http::new().map_err(AnchorError::Settings)?;
        let nonce = nonce()?;
        let request = request(bytes, &nonce).map_err(|e| AnchorError::Settings(e.to_string()))?;
        let response = http.send(&self.url, "application/timestamp-query", None, request).await?;
        let stamp = Stamp::read(&response, bytes).map_err(AnchorError::Answer)?;
        if !stamp.has_nonce(&nonce) {
            let text = "the timestamp has another nonce, so it is not for this request";
            return Err(AnchorError::Answer(text.to_owned()));
        }
        if stamp.at().duration_since(now).abs() > SLACK {
            let text = format!("the timestamp says {}, but this machine's clock says {now:.0}", stamp.at());
            return Err(AnchorError::Answer(text));
        }
        if !roots.is_empty() {
            stamp.check_signature(roots).map_err(AnchorError::Answer)?;
        }
        Ok((response.to_vec(), stamp))
    }
}

/// 64 random bits that are a positive integer in its shortest form.
fn nonce() -> Result<[u8; 8], AnchorError> {
    let random = secret::bytes().map_err(|e| AnchorError::Settings(e.to_string()))?;
    let mut nonce = [0; 8];
    nonce.copy_from_slice(&random[..8]);
    nonce[0] = nonce[0] & 0x7f | 0x40;
    Ok(nonce)
}

fn request(bytes: &[u8], nonce: &[u8]) -> der::Result<Vec<u8>> {
    let algorithm = Algorithm { oid: SHA256, parameters: Some(Null.into()) };
    let digest = OctetString::new(digest(&digest::SHA256, bytes).as_ref())?;
    let imprint = Imprint { algorithm, digest };
    Request { version: 1, imprint, nonce: Int::new(nonce)?, certificates: true }.to_der()
}

/// The certificates in a PEM file.
///
/// # Errors
/// When it contains none, or something that cannot be read.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    match all.map_err(|e| format!("it cannot be read as PEM: {e:?}"))? {
        none if none.is_empty() => Err("it contains no PEM certificate".to_owned()),
        all => Ok(all),
    }
}
