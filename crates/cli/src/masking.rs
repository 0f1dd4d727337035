//! What `--redact` and `--redact-ip` ask for.

use crate::output;

/// What is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masking {
    /// Nothing.
    Off,
    /// Secrets and personal data, without IP addresses.
    Usual,
    /// The same, and IP addresses.
    WithIpAddresses,
}

impl Masking {
    /// What the options ask for; `--redact-ip` includes `--redact`.
    pub fn of(redact: bool, redact_ip: bool) -> Self {
        match (redact, redact_ip) {
            (_, true) => Masking::WithIpAddresses,
            (true, false) => Masking::Usual,
            (false, false) => Masking::Off,
        }
    }

    /// The same, with IP addresses if a policy says so and anything is masked at all.
    pub fn and_policy(self, masks_ip_addresses: bool) -> Self {
        if self == Masking::Usual && masks_ip_addresses {
            output::complain("note: IP addresses are masked, as the policy says. To verify the draft, use --redact-ip");
            return Masking::WithIpAddresses;
        }
        self
    }

    /// True if anything is masked.
    pub fn is_on(self) -> bool {
        self != Masking::Off
    }
}
