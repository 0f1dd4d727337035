//! The ASN.1 of timestamps: RFC 3161 (requests, responses, TSTInfo) and as much of RFC 5652 (CMS) as they need.
//!
//! Parts that are not checked are kept unchanged. Only DER is read, which RFC 5652 requires for the signed parts.

use der::asn1::{BitString, Int, ObjectIdentifier, OctetString, SetOfVec, Utf8StringRef};
use der::{Any, Sequence};

/// SHA-256.
pub const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// SHA-384.
pub const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
/// SHA-512.
pub const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// Signed data (RFC 5652).
pub const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// The content of a timestamp (RFC 3161).
pub const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// The signed attribute with the kind of content.
pub const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// The signed attribute with the digest of the content.
pub const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");

/// An algorithm.
#[derive(Debug, Clone, Sequence)]
pub struct Algorithm {
    pub oid: ObjectIdentifier,
    #[asn1(optional = "true")]
    pub parameters: Option<Any>,
}

/// The digest that a timestamp is for.
#[derive(Debug, Clone, Sequence)]
pub struct Imprint {
    pub algorithm: Algorithm,
    pub digest: OctetString,
}

/// TimeStampReq, without a policy and extensions.
#[derive(Debug, Clone, Sequence)]
pub struct Request {
    pub version: u8,
    pub imprint: Imprint,
    pub nonce: Int,
    pub certificates: bool,
}

/// TimeStampResp.
#[derive(Debug, Clone, Sequence)]
pub struct Response<'a> {
    pub status: Status<'a>,
    #[asn1(optional = "true")]
    pub token: Option<ContentInfo>,
}

/// PKIStatusInfo.
#[derive(Debug, Clone, Sequence)]
pub struct Status<'a> {
    pub status: u32,
    #[asn1(optional = "true")]
    pub text: Option<Vec<Utf8StringRef<'a>>>,
    #[asn1(optional = "true")]
    pub failure: Option<BitString>,
}

/// ContentInfo of signed data.
#[derive(Debug, Clone, Sequence)]
pub struct ContentInfo {
    pub kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub content: SignedData,
}

/// SignedData.
#[derive(Debug, Clone, Sequence)]
pub struct SignedData {
    pub version: u8,
    pub digests: SetOfVec<Any>,
    pub content: Encapsulated,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub certificates: Option<SetOfVec<Any>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub revocations: Option<SetOfVec<Any>>,
    pub signers: SetOfVec<Any>,
}

/// EncapsulatedContentInfo.
#[derive(Debug, Clone, Sequence)]
pub struct Encapsulated {
    pub kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub bytes: OctetString,
}

/// SignerInfo.
#[derive(Debug, Clone, Sequence)]
pub struct Signer {
    pub version: u8,
    /// Which certificate signed it. Not used: verification tries each certificate.
    pub identifier: Any,
    pub digest: Algorithm,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub signed: Option<SetOfVec<Any>>,
    pub algorithm: Algorithm,
    pub signature: OctetString,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub unsigned: Option<SetOfVec<Any>>,
}

/// Attribute.
#[derive(Debug, Clone, Sequence)]
pub struct Attribute {
    pub kind: ObjectIdentifier,
    pub values: SetOfVec<Any>,
}

/// TSTInfo.
#[derive(Debug, Clone, Sequence)]
pub struct TstInfo {
    pub version: u8,
    pub policy: ObjectIdentifier,
    pub imprint: Imprint,
    pub serial: Int,
    /// GeneralizedTime, which may have fractions of a second here.
    pub time: Any,
    #[asn1(optional = "true")]
    pub accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    pub ordering: bool,
    #[asn1(optional = "true")]
    pub nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub extensions: Option<Vec<Any>>,
}

/// Accuracy.
#[derive(Debug, Clone, Sequence)]
pub struct Accuracy {
    #[asn1(optional = "true")]
    pub seconds: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub millis: Option<Int>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub micros: Option<Int>,
}
