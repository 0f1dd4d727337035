//! The operator's settings for the provider.

use crate::outgoing::{SharedSecret, is_safe};
use hindcast_retro::record::people::Role;
use std::str::FromStr;
use url::Url;

/// How to reach the provider, and how its claims map to roles.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The issuer URL, exactly as the provider writes it.
    pub issuer: String,
    /// This server's client ID at the provider.
    pub client_id: String,
    /// The client secret; absent for a public client, which only PKCE protects.
    pub client_secret: Option<SharedSecret>,
    /// The provider's name, for "Sign in with …".
    pub name: String,
    /// The scopes to request, which include `openid`.
    pub scopes: Vec<String>,
    /// The claim with a person's roles: its name, or a JSON pointer such as `/realm_access/roles`.
    pub role_claim: String,
    /// The role for each value of the claim. If several match, the highest counts.
    pub roles: Vec<RoleRule>,
}

impl Settings {
    /// The scopes that are requested by default.
    pub const SCOPES: &'static str = "openid profile email";
    /// Most characters of the provider's name.
    const NAME: usize = 40;

    /// Checks the settings, as far as that works without the provider.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    pub fn check(&self) -> Result<(), String> {
        // What stands before an @ may be a password, which belongs in no log.
        if self.issuer.contains('@') {
            return Err("the issuer must have no user name or password".to_owned());
        }
        let issuer = Url::parse(&self.issuer).map_err(|e| format!("the issuer {:?} is not a URL: {e}", self.issuer))?;
        if !is_safe(&issuer) {
            return Err(format!("the issuer {:?} must be an https URL; http works only for localhost", self.issuer));
        }
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return Err(format!("the issuer {:?} must have no query or fragment", self.issuer));
        }
        if self.client_id.is_empty() {
            return Err("the client ID is missing".to_owned());
        }
        if self.client_secret.as_ref().is_some_and(|s| s.expose().is_empty()) {
            return Err("the client secret is empty".to_owned());
        }
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > Self::NAME || name.chars().any(char::is_control) {
            return Err(format!("the provider's name must have 1 to {} characters", Self::NAME));
        }
        if !self.scopes.iter().any(|s| s == "openid") {
            return Err("the scopes must contain openid".to_owned());
        }
        if self.role_claim.is_empty() {
            return Err("the name of the role claim is missing".to_owned());
        }
        if self.roles.is_empty() {
            return Err("no value of the role claim is mapped to a role, so nobody could sign in".to_owned());
        }
        Ok(())
    }
}

/// A value of the role claim, and the role that it maps to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRule {
    /// The value, compared exactly.
    pub value: String,
    /// The role.
    pub role: Role,
}

impl FromStr for RoleRule {
    type Err = String;

    /// Reads `VALUE=ROLE`. The value may contain equals signs, as names in an LDAP directory do.
    fn from_str(text: &str) -> Result<Self, String> {
        let (value, role) = text.rsplit_once('=').ok_or("expected VALUE=ROLE, such as sre-team=responder")?;
        let names = || Role::ALL.map(Role::name).join(", ");
        let role = role.trim().parse().map_err(|_| format!("{:?} is not a role. Roles: {}", role.trim(), names()))?;
        match value.trim() {
            "" => Err("the value before the equals sign is missing".to_owned()),
            value => Ok(RoleRule { value: value.to_owned(), role }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            issuer: "https://id.example.com/realms/main".to_owned(),
            client_id: "hindcast".to_owned(),
            client_secret: Some(SharedSecret::new("s3cret-words\n")),
            name: "Example ID".to_owned(),
            scopes: Settings::SCOPES.split(' ').map(str::to_owned).collect(),
            role_claim: "groups".to_owned(),
            roles: vec!["sre=responder".parse().expect("a rule")],
        }
    }

    #[test]
    fn http_is_for_this_machine_only() {
        let check = |issuer: &str| Settings { issuer: issuer.to_owned(), ..settings() }.check();
        for good in ["https://id.example.com", "http://localhost:9000", "http://127.0.0.1:1/a", "http://[::1]:9000"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in
            ["http://id.example.com", "http://127.0.0.1.evil.example", "http://10.0.0.1", "ftp://localhost", "id"]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check("https://id.example.com/?a=b").is_err() && check("https://me@id.example.com").is_err());
        for bad in
            ["https://me:pass-word@id.example.com", "https://me:pass-word@id.example.com:port", "me:pass-word@id"]
        {
            assert!(check(bad).is_err_and(|e| !e.contains("pass-word")), "{bad}");
        }
    }

    #[test]
    fn a_server_that_nobody_could_sign_in_to_is_refused() {
        assert!(Settings { roles: Vec::new(), ..settings() }.check().is_err());
        assert!(Settings { scopes: vec!["email".to_owned()], ..settings() }.check().is_err());
        assert!(Settings { client_secret: Some(SharedSecret::new(" ")), ..settings() }.check().is_err());
    }

    #[test]
    fn the_secret_is_not_printed() {
        let text = format!("{:?}", settings());
        assert!(!text.contains("s3cret-words") && text.contains("hidden"), "{text}");
        assert_eq!(settings().client_secret.expect("one").expose(), "s3cret-words");
    }

    #[test]
    fn a_rule_takes_names_of_a_directory() {
        let rule: RoleRule = "cn=sre,ou=groups,dc=example=approver".parse().expect("a rule");
        assert_eq!((rule.value.as_str(), rule.role), ("cn=sre,ou=groups,dc=example", Role::Approver));
        let told = "sre=boss".parse::<RoleRule>().expect_err("no such role");
        assert!(told.contains("viewer") && told.contains("administrator"), "{told}");
        assert!("sre".parse::<RoleRule>().is_err() && "=viewer".parse::<RoleRule>().is_err());
    }
}
