//! The options of `serve` for sign-in with a provider.

use super::secret::{self, Names};
use crate::args::server::Oidc as Args;
use crate::failure::Failure;
use hindcast_server::OidcSettings;

/// Where the client secret is.
const SECRET: Names =
    Names { what: "client secret", option: "--oidc-client-secret-file", variable: "HINDCAST_OIDC_CLIENT_SECRET" };

/// The settings, if there is a provider. The server reports faults in them when it starts.
pub fn settings(args: &Args) -> Result<Option<OidcSettings>, Failure> {
    let (Some(issuer), Some(client_id)) = (&args.oidc_issuer, &args.oidc_client_id) else { return Ok(None) };
    Ok(Some(OidcSettings {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        client_secret: secret::find(SECRET, args.oidc_client_secret_file.as_deref())?,
        name: args.oidc_name.trim().to_owned(),
        scopes: args.oidc_scopes.split_whitespace().map(str::to_owned).collect(),
        role_claim: args.oidc_role_claim.clone(),
        roles: args.oidc_roles.clone(),
    }))
}
