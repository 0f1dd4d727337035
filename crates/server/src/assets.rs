//! The style, and nothing else: served under a name that changes with its bytes, so that browsers may keep it.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Everything, in layers: tokens and parts of a retro first, since the rest is written in them.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    let own = [
        include_str!("../style/frame.css"),
        include_str!("../style/forms.css"),
        include_str!("../style/lists.css"),
        include_str!("../style/record.css"),
    ];
    format!("{}{}", hindcast_render::html::STYLE, own.concat())
});

static PATH: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(STYLE.as_bytes());
    let hex: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
    format!("/assets/{hex}.css")
});

/// Where the style is.
pub fn style_path() -> &'static str {
    &PATH
}

/// The style.
pub async fn style() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, STYLE.as_str()).into_response()
}

/// The few lines of script: shortcuts and a question before leaving unsaved words. Everything works without it.
pub async fn script() -> Response {
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../style/keys.js")).into_response()
}
