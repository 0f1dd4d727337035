//! The schema, step by step.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType};
use std::borrow::Cow;

/// Every step of the schema, the oldest first. Steps are only ever added.
pub(crate) fn steps(postgres: bool) -> Vec<Migration> {
    let record = [
        (1, "record", include_str!("../migrations/0001_record.sql")),
        (2, "settings", include_str!("../migrations/0002_settings.sql")),
        (3, "affected", include_str!("../migrations/0003_affected.sql")),
        (4, "jobs", include_str!("../migrations/0004_jobs.sql")),
        (5, "erased", include_str!("../migrations/0005_erased.sql")),
        (6, "recurrence", include_str!("../migrations/0006_recurrence.sql")),
        (7, "review", include_str!("../migrations/0007_review.sql")),
        (8, "search", include_str!("../migrations/0008_search.sql")),
        (9, "indexes", include_str!("../migrations/0009_indexes.sql")),
        (10, "approval", include_str!("../migrations/0010_approval.sql")),
        (12, "links", include_str!("../migrations/0012_links.sql")),
        (13, "audit_state", include_str!("../migrations/0013_audit_state.sql")),
        (14, "emergency_access", include_str!("../migrations/0014_emergency_access.sql")),
        (15, "sign_in_attempts", include_str!("../migrations/0015_sign_in_attempts.sql")),
        (16, "identities", include_str!("../migrations/0016_identities.sql")),
        (17, "second_factor", include_str!("../migrations/0017_second_factor.sql")),
        (18, "owners", include_str!("../migrations/0018_owners.sql")),
        (19, "known_sources", include_str!("../migrations/0019_known_sources.sql")),
        (20, "audit_part", include_str!("../migrations/0020_audit_part.sql")),
        (21, "affected_count", include_str!("../migrations/0021_affected_count.sql")),
    ];
    let sqlite_only = [(11, "search_index", include_str!("../migrations/0011_search_index_sqlite.sql"))];
    let postgres_only = [
        (11, "search_index", include_str!("../migrations/0011_search_index_postgres.sql")),
        (1001, "blobs", include_str!("../migrations/0001_blobs_postgres.sql")),
    ];
    let own = if postgres { &postgres_only[..] } else { &sqlite_only[..] };
    let mut all: Vec<_> = record.into_iter().chain(own.iter().copied()).collect();
    all.sort_by_key(|(version, ..)| *version);
    let all = all.into_iter();
    all.map(|(version, name, sql)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    })
    .collect()
}

/// The number of the newest step that both databases have.
pub(crate) fn newest() -> i64 {
    steps(false).last().map_or(0, |step| step.version)
}
