//! `--redact`: evidence is masked before anything reads it.

use crate::failure::Failure;
use crate::input::files::Named;
use crate::input::{self, Meant};
use crate::masking::Masking;
use crate::{output, parallel};
use hindcast_render::show::clean;
use hindcast_trace::Evidence;
use hindcast_trace::redact::{self, Masker};

/// The variable that holds a key of one's own.
const KEY: &str = "HINDCAST_REDACT_KEY";

/// Reads the trace files; masked, where that is asked for.
pub fn evidence(files: &[Named], meant: Meant<'_>, masking: Masking) -> Result<Vec<Evidence>, Failure> {
    let evidence = input::evidence(files, meant)?;
    if !masking.is_on() {
        return Ok(evidence);
    }
    let masker = Masker::new(&key(&evidence)?).map_err(|e| Failure::Input(e.to_string()))?;
    let masker = masker.with_ip_addresses(masking == Masking::WithIpAddresses);
    let mut all: Vec<Evidence> = Vec::with_capacity(evidence.len());
    let done = parallel::map(&evidence, |item| redact::admit(&masker, item));
    for (item, done) in evidence.iter().zip(done) {
        let done = done.map_err(|e| Failure::Input(clean(&e.to_string())))?;
        let words = Some(done.words()).filter(|w| !w.is_empty()).unwrap_or_else(|| "nothing to mask".to_owned());
        output::complain(&format!("masked in {}: {words}", clean(&item.name)));
        done.lost.iter().for_each(|lost| output::complain(&format!("note: {}: {}", clean(&item.name), clean(lost))));
        all.push(done.evidence);
    }
    Ok(all)
}

fn key(evidence: &[Evidence]) -> Result<[u8; 32], Failure> {
    match std::env::var(KEY) {
        Ok(hex) => redact::parse_key(&hex).ok_or_else(|| {
            Failure::Usage(format!("{KEY} must be 64 hexadecimal digits. Create one with: openssl rand -hex 32"))
        }),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::Usage(format!("{KEY} must be 64 hexadecimal digits. Create one with: openssl rand -hex 32")))
        }
        Err(std::env::VarError::NotPresent) => {
            output::complain(&format!(
                "note: the masking key is derived from the files, so anyone who has the rest of a file can guess a masked value. To prevent that, set {KEY} to your own key (64 hexadecimal digits)"
            ));
            Ok(redact::key_of(evidence))
        }
    }
}
