//! Places whose content is no working copy: folders of the user outside of it, data of services, backups.

/// A path in which the shell's name for the home folder is written as `~`.
pub(super) fn at_home(path: &str) -> String {
    ["$HOME/", "${HOME}/"]
        .iter()
        .find_map(|h| path.strip_prefix(h))
        .map_or_else(|| path.to_owned(), |rest| format!("~/{rest}"))
}

/// True for such a place, as far as its name tells.
pub fn is(path: &str) -> bool {
    const ROOTS: [&str; 9] =
        ["/var/lib/", "/var/backups", "/var/www", "/mnt/", "/media/", "/srv/", "/data/", "/opt/", "/etc/"];
    let path = at_home(path);
    let home = path.strip_prefix("~/").filter(|rest| !rest.is_empty());
    // A hidden folder of a tool holds what it makes itself; a working copy lies two levels down, or deeper.
    let folder =
        home.is_some_and(|rest| !rest.starts_with('.') && rest.trim_end_matches(['/', '*']).split('/').count() <= 2);
    let absolute = ["/home/", "/Users/"].iter().any(|h| {
        path.strip_prefix(h)
            .is_some_and(|rest| rest.trim_end_matches(['/', '*']).split('/').count() == 2 && !rest.contains("/."))
    });
    folder || absolute || is_backup(&path) || ROOTS.iter().any(|r| path.starts_with(r))
}

/// True for a path with a folder of backups in it.
pub fn is_backup(path: &str) -> bool {
    path.to_ascii_lowercase().split('/').any(|part| {
        let mut words = part.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|w| {
            matches!(
                w,
                "backup"
                    | "backups"
                    | "sicherung"
                    | "sicherungen"
                    | "respaldo"
                    | "respaldos"
                    | "sauvegarde"
                    | "sauvegardes"
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_outside_of_a_working_copy() {
        for path in [
            "~/photos",
            "$HOME/Documents/taxes",
            "~/backups/orders",
            "/var/lib/postgresql",
            "/home/kim/photos",
            "db-backup/2026",
        ] {
            assert!(is(path), "{path}");
        }
        for path in ["src/data", "~/.cache/pip", "~/code/shop/api/old", "/home/kim/svc/src", "./old", "~"] {
            assert!(!is(path), "{path}");
        }
    }
}
