//! Who somebody is, from the provider's claims.

use super::settings::Settings;
use crate::line;
use crate::pages::setup::is_address;
use hindcast_retro::record::people::{Permission, Role};
use serde_json::{Map, Value};

/// Most characters of a name.
const NAME: usize = 100;

/// Somebody who signed in with the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The provider's ID for them, which never changes.
    pub subject: String,
    /// Their name.
    pub name: String,
    /// Their email address, if the provider says that it is verified.
    pub email: Option<String>,
    /// The highest role that a value of the role claim maps to; absent if none does.
    pub role: Option<Role>,
}

/// The claim with the roles.
fn role_claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    match name.strip_prefix('/') {
        None => claims.get(name),
        Some(rest) => {
            let (first, rest) = rest.split_once('/').map_or((rest, None), |(f, r)| (f, Some(r)));
            let value = claims.get(&first.replace("~1", "/").replace("~0", "~"))?;
            rest.map_or(Some(value), |rest| value.pointer(&format!("/{rest}")))
        }
    }
}

/// True if every claim that Hindcast uses is present, so that it need not request the user info.
pub fn is_complete(claims: &Map<String, Value>, settings: &Settings) -> bool {
    let has = |name: &str| claims.contains_key(name);
    role_claim(claims, &settings.role_claim).is_some() && has("email") && (has("name") || has("preferred_username"))
}

/// Reads a person from claims, which must name a subject.
pub fn person(claims: &Map<String, Value>, settings: &Settings) -> Person {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let name = ["name", "preferred_username"].into_iter().filter_map(text).map(clean).find(|n| !n.is_empty());
    // Some providers write a string.
    let verified = matches!(claims.get("email_verified"), Some(Value::Bool(true)))
        || text("email_verified").is_some_and(|v| v == "true");
    Person {
        subject: text("sub").unwrap_or("").to_owned(),
        name: name.unwrap_or_else(|| format!("Someone from {}", settings.name)),
        email: text("email").filter(|e| verified && is_address(e) && clean(e) == **e).map(str::to_lowercase),
        role: role(claims, settings),
    }
}

/// A text on one line, shortened, and without invisible characters.
fn clean(text: &str) -> String {
    let seen = line::cleaned(text);
    seen.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(NAME).collect()
}

fn role(claims: &Map<String, Value>, settings: &Settings) -> Option<Role> {
    let values: Vec<&str> = match role_claim(claims, &settings.role_claim)? {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let given = settings.roles.iter().filter(|rule| values.contains(&rule.value.as_str())).map(|rule| rule.role);
    given.max_by_key(|role| Permission::ALL.into_iter().filter(|p| role.may(*p)).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(claim: &str, claims: Value) -> Person {
        let roles = ["all=viewer", "sre=responder", "leads=approver", "it=administrator"];
        let settings = Settings {
            issuer: "https://id".to_owned(),
            client_id: "us".to_owned(),
            client_secret: None,
            name: "Example ID".to_owned(),
            scopes: Vec::new(),
            role_claim: claim.to_owned(),
            roles: roles.iter().map(|r| r.parse().expect("a rule")).collect(),
        };
        let Value::Object(claims) = claims else { unreachable!("an object") };
        person(&claims, &settings)
    }

    #[test]
    fn the_highest_role_of_a_claim_counts() {
        let role = |value: Value| read("groups", json!({ "groups": value })).role;
        assert_eq!(role(json!(["all", "leads", "sre"])), Some(Role::Approver));
        assert_eq!(role(json!("it")), Some(Role::Administrator));
        for none in [json!([]), json!(["ALL", "sre "]), json!("sre leads"), json!(null), json!(7), json!({"sre": true})]
        {
            assert_eq!(role(none.clone()), None, "{none}");
        }
        assert_eq!(read("groups", json!({})).role, None);
    }

    #[test]
    fn a_claim_is_named_or_pointed_to() {
        let keycloak = json!({ "realm_access": { "roles": ["sre"] } });
        assert_eq!(read("/realm_access/roles", keycloak.clone()).role, Some(Role::Responder));
        assert_eq!(read("realm_access.roles", keycloak).role, None);
        let auth0 = json!({ "https://example.com/roles": ["sre"] });
        assert_eq!(read("https://example.com/roles", auth0.clone()).role, Some(Role::Responder));
        assert_eq!(read("/https:~1~1example.com~1roles", auth0).role, Some(Role::Responder));
    }

    #[test]
    fn only_a_verified_address_counts() {
        let email =
            |verified: Value| read("g", json!({ "email": "Ana@Example.com", "email_verified": verified })).email;
        assert_eq!(email(json!(true)).as_deref(), Some("ana@example.com"));
        assert_eq!(email(json!("true")).as_deref(), Some("ana@example.com"));
        for unverified in [json!(false), json!("false"), json!(1), json!(null)] {
            assert_eq!(email(unverified), None);
        }
        assert_eq!(read("g", json!({ "email": "ana", "email_verified": true })).email, None);
    }

    #[test]
    fn a_name_is_one_line_that_can_be_seen() {
        let name = |text: &str| read("g", json!({ "name": text })).name;
        assert_eq!(name(" Ana\r\n\u{202e} María "), "Ana María");
        assert_eq!(name("\u{200b}"), "Someone from Example ID");
        assert_eq!(name(&"x".repeat(500)).len(), NAME);
        assert_eq!(read("g", json!({ "preferred_username": "ana" })).name, "ana");
    }
}
