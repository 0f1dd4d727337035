//! A timestamp: what an authority states about some bytes, and the check that it did.

use super::token::{
    Attribute, CONTENT_TYPE, ContentInfo, MESSAGE_DIGEST, Response, SHA256, SHA384, SHA512, SIGNED_DATA, Signer,
    TST_INFO, TstInfo,
};
use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{Any, Decode, Encode, Tag, Tagged};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ring::digest::{self, digest};
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring as by};

/// `timeStamping`, 1.3.6.1.5.5.7.3.8: a certificate for another purpose does not count.
const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];
/// The RFC 3161 statuses `granted` and `grantedWithMods`.
const GRANTED: [u32; 2] = [0, 1];
/// Most characters of an authority's message that are shown.
const TOLD: usize = 200;

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// A timestamp for bytes. [`Stamp::check_signature`] checks its signature.
#[derive(Debug)]
pub struct Stamp {
    at: Timestamp,
    nonce: Option<Vec<u8>>,
    token: ContentInfo,
}

impl Stamp {
    /// Reads a response (`.tsr`), which must be a timestamp for exactly these bytes.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(response: &[u8], bytes: &[u8]) -> Result<Self, String> {
        let response = Response::from_der(response).map_err(|e| format!("it is not a timestamp response: {e}"))?;
        if !GRANTED.contains(&response.status.status) {
            return Err(refusal(&response));
        }
        let token = response.token.ok_or("it says that a timestamp was granted, but contains none")?;
        if token.kind != SIGNED_DATA || token.content.content.kind != TST_INFO {
            return Err("it contains something other than a timestamp".to_owned());
        }
        let said = token.content.content.bytes.as_bytes();
        let info = TstInfo::from_der(said).map_err(|e| format!("the timestamp cannot be read: {e}"))?;
        let digest = digest(&digest::SHA256, bytes);
        if info.imprint.algorithm.oid != SHA256 || info.imprint.digest.as_bytes() != digest.as_ref() {
            return Err("the timestamp is for something else: its message imprint differs".to_owned());
        }
        let at = time(&info.time).ok_or("the timestamp contains no readable time")?;
        Ok(Stamp { at, nonce: info.nonce.map(|n| n.as_bytes().to_vec()), token })
    }

    /// The time that the authority states, to the second.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// True if it is the response to the request with this nonce.
    pub fn has_nonce(&self, nonce: &[u8]) -> bool {
        self.nonce.as_deref() == Some(nonce)
    }

    /// Checks that it was signed with a certificate for timestamping, and that one of `roots` vouched for that certificate at the time of the
    /// timestamp. Intermediate certificates come from the token and from `roots`. Revocation is not checked.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check_signature(&self, roots: &[CertificateDer<'_>]) -> Result<(), String> {
        let data = &self.token.content;
        let [signer] = data.signers.as_slice() else { return Err("it does not have exactly one signature".to_owned()) };
        let signer: Signer = signer.decode_as().map_err(|e| format!("its signature cannot be read: {e}"))?;
        let signed = signed_bytes(&signer, data.content.bytes.as_bytes())?;
        let embedded = data.certificates.iter().flat_map(|set| set.iter()).filter_map(|c| c.to_der().ok());
        let embedded: Vec<CertificateDer<'_>> = embedded.map(CertificateDer::from).collect();
        let all: Vec<CertificateDer<'_>> = embedded.into_iter().chain(roots.iter().cloned()).collect();
        let signs = |cert: &EndEntityCert<'_>| {
            let mut possible = algorithms(signer.digest.oid).iter();
            possible.any(|a| cert.verify_signature(*a, &signed, signer.signature.as_bytes()).is_ok())
        };
        let mut certs = all.iter().filter_map(|der| EndEntityCert::try_from(der).ok());
        let cert = certs.find(signs).ok_or("the signature does not match any certificate in it")?;
        let anchors = roots.iter().filter_map(|root| anchor_from_trusted_cert(root).ok()).collect::<Vec<_>>();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(self.at.as_second()).unwrap_or(0)));
        cert.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &all,
            at,
            KeyUsage::required(TIME_STAMPING),
            None,
            None,
        )
        .map_err(|e| format!("the certificate that signed it is not trusted: {e}"))?;
        Ok(())
    }
}

/// Algorithms that go with a digest. The certificate's key decides which one applies.
fn algorithms(digest: ObjectIdentifier) -> &'static [Algorithm] {
    const WITH_SHA256: &[Algorithm] = &[by::RSA_PKCS1_2048_8192_SHA256, by::ECDSA_P256_SHA256, by::ECDSA_P384_SHA256];
    const WITH_SHA384: &[Algorithm] = &[by::RSA_PKCS1_2048_8192_SHA384, by::ECDSA_P256_SHA384, by::ECDSA_P384_SHA384];
    const WITH_SHA512: &[Algorithm] = &[by::RSA_PKCS1_2048_8192_SHA512, by::ED25519];
    match digest {
        SHA256 => WITH_SHA256,
        SHA384 => WITH_SHA384,
        SHA512 => WITH_SHA512,
        _ => &[],
    }
}

/// The bytes that the signature covers: the signed attributes, which name the content's kind and digest.
fn signed_bytes(signer: &Signer, content: &[u8]) -> Result<Vec<u8>, String> {
    let by = match signer.digest.oid {
        SHA256 => &digest::SHA256,
        SHA384 => &digest::SHA384,
        SHA512 => &digest::SHA512,
        other => return Err(format!("its signature uses a digest that is not supported ({other})")),
    };
    let unreadable = |e: der::Error| format!("its signed attributes cannot be read: {e}");
    let signed = signer.signed.as_ref().ok_or("its signature covers no attributes")?;
    let attributes = signed.iter().map(Any::decode_as::<Attribute>).collect::<Result<Vec<_>, _>>();
    let attributes = attributes.map_err(unreadable)?;
    let only = |kind: ObjectIdentifier| {
        let mut found = attributes.iter().filter(|a| a.kind == kind);
        match (found.next().map(|a| a.values.as_slice()), found.next()) {
            (Some([value]), None) => Some(value),
            _ => None,
        }
    };
    let kind = only(CONTENT_TYPE).and_then(|v| v.decode_as::<ObjectIdentifier>().ok());
    let told = only(MESSAGE_DIGEST).and_then(|v| v.decode_as::<&OctetStringRef>().ok());
    if kind != Some(TST_INFO) || told.map(OctetStringRef::as_bytes) != Some(digest(by, content).as_ref()) {
        return Err("its signature covers something other than the timestamp".to_owned());
    }
    signed.to_der().map_err(unreadable)
}

/// Why an authority issued no timestamp, as far as it says.
fn refusal(response: &Response<'_>) -> String {
    let words: Vec<&str> = response.status.text.iter().flatten().map(|t| t.as_str()).collect();
    let words: String = words.join(" ").chars().filter(|c| !c.is_control()).take(TOLD).collect();
    let words = if words.is_empty() { String::new() } else { format!(": {words}") };
    format!("the authority issued no timestamp (status {}){words}", response.status.status)
}

/// `20261129093119Z`; fractions of a second are cut off.
fn time(value: &Any) -> Option<Timestamp> {
    if value.tag() != Tag::GeneralizedTime {
        return None;
    }
    let text = std::str::from_utf8(value.value()).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole.len() != 14 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let at = DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
    TimeZone::UTC.to_timestamp(at).ok()
}
