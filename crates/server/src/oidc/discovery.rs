//! The provider's discovery document, which lists its endpoints.

use super::outcome::Untrusted;
use crate::outgoing::{Http, is_safe};
use serde::Deserialize;
use url::Url;

/// The provider's endpoints and abilities.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Where people sign in.
    pub authorization: Url,
    /// Where a code is exchanged for tokens.
    pub token: Url,
    /// Where its keys are.
    pub keys: Url,
    /// Where more claims are, if the provider has such an endpoint.
    pub user_info: Option<Url>,
    /// True if the client secret is sent in the form and not in a header.
    pub secret_in_form: bool,
    /// True if every response names the issuer (RFC 9207).
    pub names_issuer: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where the document is.
///
/// # Errors
/// For an issuer that is not a URL.
pub fn address(issuer: &str) -> Result<Url, String> {
    Url::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).map_err(|e| e.to_string())
}

/// Fetches and reads the document of an issuer.
///
/// # Errors
/// When the provider cannot be reached, or its document cannot be used.
pub async fn fetch(http: &Http, issuer: &str) -> Result<Endpoints, Untrusted> {
    let address = address(issuer).map_err(Untrusted::Document)?;
    let bytes = http.get(&address, None).await.map_err(|e| Untrusted::Outage("the discovery document", e))?;
    read(&bytes, issuer).map_err(Untrusted::Document)
}

/// Reads the document of an issuer.
///
/// # Errors
/// What is wrong with it.
pub fn read(bytes: &[u8], issuer: &str) -> Result<Endpoints, String> {
    let document: Document = serde_json::from_slice(bytes).map_err(|e| format!("it cannot be read: {e}"))?;
    if document.issuer != issuer {
        let theirs: String = document.issuer.chars().take(200).collect();
        return Err(format!("its issuer is {theirs:?}; set the issuer URL to exactly that"));
    }
    // Only a provider on this machine may get a code or a secret over http.
    let local = issuer.starts_with("http://");
    let endpoint = |name: &str, text: &str| {
        let url = Url::parse(text).map_err(|e| format!("{name} is not a URL: {e}"))?;
        let safe = is_safe(&url) && (local || url.scheme() == "https");
        if safe { Ok(url) } else { Err(format!("{name} is not an https URL")) }
    };
    let methods = document.token_endpoint_auth_methods_supported.unwrap_or_default();
    let has = |method: &str| methods.iter().any(|m| m == method);
    Ok(Endpoints {
        authorization: endpoint("authorization_endpoint", &document.authorization_endpoint)?,
        token: endpoint("token_endpoint", &document.token_endpoint)?,
        keys: endpoint("jwks_uri", &document.jwks_uri)?,
        user_info: document.userinfo_endpoint.map(|u| endpoint("userinfo_endpoint", &u)).transpose()?,
        secret_in_form: has("client_secret_post") && !has("client_secret_basic"),
        names_issuer: document.authorization_response_iss_parameter_supported,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn document() -> Value {
        json!({
            "issuer": "https://id.example.com",
            "authorization_endpoint": "https://id.example.com/authorize",
            "token_endpoint": "https://tokens.example.com/token",
            "jwks_uri": "https://id.example.com/keys",
        })
    }

    fn read_as(document: &Value, issuer: &str) -> Result<Endpoints, String> {
        read(document.to_string().as_bytes(), issuer)
    }

    #[test]
    fn it_is_the_document_of_exactly_this_issuer() {
        let good = read_as(&document(), "https://id.example.com").expect("reads");
        assert!(!good.secret_in_form && !good.names_issuer && good.user_info.is_none());
        assert!(read_as(&document(), "https://id.example.com/").is_err_and(|e| e.contains("exactly")));
        assert_eq!(address("https://a/b/").expect("a URL").as_str(), "https://a/b/.well-known/openid-configuration");
    }

    #[test]
    fn no_code_or_secret_goes_over_http() {
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
            for bad in ["http://id.example.com/x", "http://127.0.0.1/x", "javascript:alert(1)", "x"] {
                let mut document = document();
                document[name] = bad.into();
                assert!(read_as(&document, "https://id.example.com").is_err(), "{name} {bad}");
            }
        }
    }
}
