//! The options of `serve` for signing in at a provider.

use crate::args::server::Oidc as Args;
use crate::failure::Failure;
use crate::input;
use hindcast_server::{ClientSecret, OidcSettings};
use std::path::Path;

/// The variable with the client secret. It is no option: others on the machine can read the arguments of a program.
const SECRET: &str = "HINDCAST_OIDC_CLIENT_SECRET";

/// The settings, if there is a provider. What is wrong with them is told when the server starts.
pub fn settings(args: &Args) -> Result<Option<OidcSettings>, Failure> {
    let (Some(issuer), Some(client_id)) = (&args.oidc_issuer, &args.oidc_client_id) else { return Ok(None) };
    Ok(Some(OidcSettings {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        client_secret: secret(args.oidc_client_secret_file.as_deref(), std::env::var(SECRET).ok())?,
        name: args.oidc_name.trim().to_owned(),
        scopes: args.oidc_scopes.split_whitespace().map(str::to_owned).collect(),
        role_claim: args.oidc_role_claim.clone(),
        roles: args.oidc_roles.clone(),
    }))
}

fn secret(file: Option<&Path>, variable: Option<String>) -> Result<Option<ClientSecret>, Failure> {
    match (file, variable) {
        (Some(_), Some(_)) => Err(Failure::Usage(format!(
            "the client secret is given twice. Use either --oidc-client-secret-file or {SECRET}"
        ))),
        (Some(file), None) => Ok(Some(ClientSecret::new(&input::text(file)?))),
        (None, variable) => Ok(variable.map(|text| ClientSecret::new(&text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_comes_from_a_file_or_the_environment_and_not_from_both() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("secret");
        std::fs::write(&file, "words\n").expect("writes");
        assert!(secret(Some(&file), None).is_ok_and(|s| s.is_some()));
        assert!(secret(None, Some("words".to_owned())).is_ok_and(|s| s.is_some()));
        assert!(secret(None, None).is_ok_and(|s| s.is_none()));
        assert!(matches!(secret(Some(&file), Some("words".to_owned())), Err(Failure::Usage(_))));
        assert!(matches!(secret(Some(&folder.path().join("none")), None), Err(Failure::Input(_))));
    }
}
