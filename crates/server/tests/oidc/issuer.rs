//! A small issuer in this process, which says whatever a test wants.

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hindcast_server::{Config, OidcSettings, SharedSecret};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// When the tests' clock stands still, in seconds.
pub const NOW: i64 = 1_795_600_800;

/// A key pair on the curve P-256.
pub struct Key {
    pub id: String,
    pair: EcdsaKeyPair,
}

impl Key {
    pub fn new(id: &str) -> Key {
        let random = SystemRandom::new();
        let packed = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, packed.as_ref(), &random);
        Key { id: id.to_owned(), pair: pair.expect("a key") }
    }

    /// As a provider publishes it.
    pub fn published(&self) -> Value {
        let (x, y) = self.public()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": encode(x), "y": encode(y) })
    }

    /// The public point.
    pub fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// A token of these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let body = body(&json!({ "alg": "ES256", "kid": self.id, "typ": "JWT" }), claims);
        let signature = self.pair.sign(&SystemRandom::new(), body.as_bytes()).expect("signs");
        format!("{body}.{}", encode(signature.as_ref()))
    }
}

pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The first two parts of a token.
pub fn body(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()))
}

/// What makes a token of claims.
type Signs = Box<dyn Fn(&Key, &Value) -> String + Send>;

/// What the issuer says.
pub struct Says {
    /// The claims of everybody's ID token; `nonce` and times are added unless they are there.
    pub claims: Value,
    /// The claims of the user info.
    pub user_info: Value,
    /// How tokens are made.
    pub sign: Signs,
    /// What is changed in the discovery document.
    pub document: Value,
    /// The keys that are published.
    pub keys: Vec<Value>,
    /// The status of every answer, if it is not what it should be.
    pub status: Option<StatusCode>,
    /// How long every answer takes.
    pub takes: Duration,
    /// How often each address was asked.
    pub asked: HashMap<&'static str, usize>,
    key: Key,
    codes: HashMap<String, Begun>,
}

/// What the browser came with.
struct Begun {
    nonce: String,
    challenge: String,
    redirect: String,
}

/// The issuer.
#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    says: Arc<Mutex<Says>>,
}

impl Issuer {
    /// One that answers as it should, about Ana, who is a responder.
    pub async fn start() -> Issuer {
        let key = Key::new("first");
        let says = Says {
            claims: ana(),
            user_info: json!({}),
            sign: Box::new(Key::sign),
            document: json!({}),
            keys: vec![key.published()],
            status: None,
            takes: Duration::ZERO,
            asked: HashMap::new(),
            key,
            codes: HashMap::new(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let issuer = Issuer { url, says: Arc::new(Mutex::new(says)) };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(document))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/me", get(user_info))
            .with_state(issuer.clone());
        tokio::spawn(axum::serve(listener, routes).into_future());
        issuer
    }

    /// What it says.
    pub fn says(&self) -> MutexGuard<'_, Says> {
        self.says.lock().expect("no panic")
    }

    /// How often an address was asked.
    pub fn asked(&self, what: &'static str) -> usize {
        self.says().asked.get(what).copied().unwrap_or(0)
    }

    /// Gives it another key; what it published is as it was.
    pub fn change_key(&self, key: Key) {
        self.says().key = key;
    }

    /// Starts a server with it.
    pub fn configure(&self, config: &mut Config) {
        config.oidc = Some(self.settings());
    }

    /// The settings of a server for this issuer.
    pub fn settings(&self) -> OidcSettings {
        OidcSettings {
            issuer: self.url.clone(),
            client_id: "hindcast & co".to_owned(),
            client_secret: Some(SharedSecret::new("s3cret:words")),
            name: "Example ID".to_owned(),
            scopes: vec!["openid".to_owned(), "email".to_owned()],
            role_claim: "groups".to_owned(),
            roles: ["all=viewer", "sre=responder", "leads=approver", "it=administrator"]
                .map(|r| r.parse().expect("a rule"))
                .into(),
        }
    }

    /// Somebody signs in: gives the address to which the browser goes back.
    pub fn authorize(&self, url: &str) -> String {
        let url = url::Url::parse(url).expect("a URL");
        assert!(url.as_str().starts_with(&format!("{}/authorize?", self.url)), "{url}");
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((query["response_type"].as_str(), query["code_challenge_method"].as_str()), ("code", "S256"));
        assert_eq!((query["client_id"].as_str(), query["scope"].as_str()), ("hindcast & co", "openid email"));
        let begun = |name: &str| query[name].clone();
        let mut says = self.says();
        let code = format!("code-{}", says.codes.len());
        let begun =
            Begun { nonce: begun("nonce"), challenge: begun("code_challenge"), redirect: begun("redirect_uri") };
        let back = format!("{}?code={code}&state={}&iss={}", begun.redirect, query["state"], encode_url(&self.url));
        says.codes.insert(code, begun);
        back
    }
}

fn encode_url(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Somebody who is a responder.
pub fn ana() -> Value {
    json!({ "sub": "248289761001", "name": "Ana María", "email": "Ana@example.com", "email_verified": true, "groups": ["staff", "sre"] })
}

async fn answer(issuer: &Issuer, what: &'static str, body: Value) -> Response {
    let (takes, status) = {
        let mut says = issuer.says();
        *says.asked.entry(what).or_default() += 1;
        (says.takes, says.status)
    };
    tokio::time::sleep(takes).await;
    match status {
        Some(status) => (status, [("location", "http://127.0.0.1:9/elsewhere")], Json(body)).into_response(),
        None => Json(body).into_response(),
    }
}

async fn document(State(issuer): State<Issuer>) -> Response {
    let url = &issuer.url;
    let mut document = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
        "userinfo_endpoint": format!("{url}/me"),
        "authorization_response_iss_parameter_supported": true,
    });
    for (name, value) in issuer.says().document.as_object().expect("an object") {
        document[name] = value.clone();
    }
    answer(&issuer, "document", document).await
}

async fn keys(State(issuer): State<Issuer>) -> Response {
    let keys = json!({ "keys": issuer.says().keys });
    answer(&issuer, "keys", keys).await
}

async fn user_info(State(issuer): State<Issuer>, headers: HeaderMap) -> Response {
    assert_eq!(headers["authorization"], "Bearer access");
    let claims = issuer.says().user_info.clone();
    answer(&issuer, "me", claims).await
}

async fn token(
    State(issuer): State<Issuer>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    // As RFC 6749 encodes them.
    let basic = format!("Basic {}", STANDARD.encode("hindcast+%26+co:s3cret%3Awords"));
    assert_eq!(headers["authorization"], basic.as_str());
    let Some(begun) = issuer.says().codes.remove(&form["code"]) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    };
    assert_eq!((form["grant_type"].as_str(), &form["redirect_uri"]), ("authorization_code", &begun.redirect));
    assert_eq!(encode(&Sha256::digest(&form["code_verifier"])), begun.challenge, "PKCE");
    let tokens = {
        let says = issuer.says();
        let mut claims =
            json!({ "iss": issuer.url, "aud": "hindcast & co", "nonce": begun.nonce, "iat": NOW, "exp": NOW + 300 });
        for (name, value) in says.claims.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        json!({ "id_token": (says.sign)(&says.key, &claims), "access_token": "access", "token_type": "Bearer" })
    };
    answer(&issuer, "token", tokens).await
}
