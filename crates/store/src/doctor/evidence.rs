//! Whether every piece of evidence is there, and is what was added.

use super::line::{Line, count};
use crate::blobs::Blobs;
use crate::check::Stored;
use crate::{Conn, StoreError, check};
use hindcast_trace::EvidenceId;

/// Digests named at most.
const TOLD: usize = 5;

pub(super) async fn look(conn: &mut Conn, blobs: &Blobs) -> Result<Line, StoreError> {
    let all = check::all_evidence(conn).await?;
    let (mut missing, mut damaged) = (Vec::new(), Vec::new());
    for text in &all {
        let id: EvidenceId = text.parse().map_err(|_| StoreError::Corrupt(format!("the digest `{text}`")))?;
        match check::stored(blobs, conn, &id).await? {
            Stored::Intact => {}
            Stored::Missing => missing.push(text.as_str()),
            Stored::Damaged => damaged.push(text.as_str()),
        }
    }
    if missing.is_empty() && damaged.is_empty() {
        return Ok(Line::ok("evidence", format!("{}, all present and intact", count(all.len(), "file"))));
    }
    let list = |what: &str, ids: &[&str]| {
        let more = if ids.len() > TOLD { ", …" } else { "" };
        let named = ids.iter().take(TOLD).copied().collect::<Vec<_>>().join(", ");
        (!ids.is_empty()).then(|| format!("{} {what} ({named}{more})", count(ids.len(), "file")))
    };
    let parts: Vec<_> = [list("missing", &missing), list("damaged", &damaged)].into_iter().flatten().collect();
    Ok(Line::fault(
        "evidence",
        format!("of {}, {}", count(all.len(), "file"), parts.join(" and ")),
        "Add the same files to their incidents again, or copy them from a backup.",
    ))
}
