//! Contracts as a YAML file.

use super::Contracts;

/// Why a contracts file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ContractError(String);

/// Reads a contracts file.
///
/// # Errors
/// With line and column: bad YAML, an unknown field, or a pointer that is none.
pub fn parse(yaml: &str) -> Result<Contracts, ContractError> {
    let contracts: Contracts =
        serde_saphyr::from_str(yaml).map_err(|e| ContractError(crate::yaml::explain(&e, yaml)))?;
    for (tool, contract) in &contracts.tools {
        let pointers =
            [("entity", contract.entity.as_deref()), ("status.at", contract.status.as_ref().map(|s| s.at.as_str()))];
        for (field, pointer) in pointers {
            if let Some(pointer) = pointer.filter(|p| !p.is_empty() && !p.starts_with('/')) {
                return Err(ContractError(format!(
                    "tools.{tool}.{field}: `{pointer}` is not a JSON pointer; it must begin with a slash, such as `/{pointer}`"
                )));
            }
        }
    }
    Ok(contracts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_contract() {
        let yaml = "tools:\n  refund:\n    effect: write\n    family: refund\n    entity: /charge_id\n    status: { at: /status, terminal: [completed], non_terminal: [pending] }\n    confirm: true\n";
        let contracts = parse(yaml).expect("valid");
        assert_eq!(contracts.tools["refund"].confirm, Some(true));
    }

    #[test]
    fn refuses_unknown_fields_and_bad_pointers() {
        assert!(parse("tools:\n  refund:\n    efect: write\n").expect_err("typo").to_string().contains("efect"));
        let error = parse("tools:\n  refund:\n    entity: charge_id\n").expect_err("pointer").to_string();
        assert!(error.contains("must begin with a slash"), "{error}");
    }
}
