//! What the table of places means on this machine.

use super::places::Place;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The system whose conventions count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux and other Unix systems.
    Unix,
    /// macOS.
    Mac,
    /// Windows.
    Windows,
}

/// What decides where agents keep their files.
pub struct Machine<'m> {
    /// The home folder, if it is known.
    pub home: Option<PathBuf>,
    /// The environment.
    pub var: &'m dyn Fn(&str) -> Option<OsString>,
    /// The system.
    pub system: System,
}

impl Machine<'_> {
    /// This machine.
    pub fn this() -> Machine<'static> {
        let system = match std::env::consts::OS {
            "macos" => System::Mac,
            "windows" => System::Windows,
            _ => System::Unix,
        };
        Machine {
            home: std::env::home_dir().filter(|h| !h.as_os_str().is_empty()),
            var: &|n| std::env::var_os(n),
            system,
        }
    }

    /// The folder of a place; `None` if none of the alternatives resolves.
    pub fn folder(&self, base: &[&str]) -> Option<PathBuf> {
        base.iter().find_map(|one| self.one(one))
    }

    /// The folder of a place.
    pub fn of(&self, place: &Place) -> Option<PathBuf> {
        self.folder(place.base)
    }

    fn one(&self, template: &str) -> Option<PathBuf> {
        let (head, rest) = template.split_once('/').unwrap_or((template, ""));
        let root = match head.strip_prefix('$') {
            Some(name) => self.set(name)?,
            None if head == "~" => self.home.clone()?,
            None if head == "@config" => self.config()?,
            None => return None,
        };
        Some(rest.split('/').filter(|s| !s.is_empty()).fold(root, |path, name| path.join(name)))
    }

    /// The value of a variable that names a folder. A shell leaves `~` alone in quotes.
    fn set(&self, name: &str) -> Option<PathBuf> {
        let value = PathBuf::from((self.var)(name).filter(|v| !v.is_empty())?);
        match value.strip_prefix("~") {
            Ok(rest) => Some(self.home.as_ref()?.join(rest)),
            // The XDG rules: a relative path is to be ignored.
            Err(_) if name.starts_with("XDG_") && value.is_relative() => None,
            Err(_) => Some(value),
        }
    }

    fn config(&self) -> Option<PathBuf> {
        match self.system {
            System::Unix => self.set("XDG_CONFIG_HOME").or_else(|| Some(self.home.as_ref()?.join(".config"))),
            System::Mac => Some(self.home.as_ref()?.join("Library").join("Application Support")),
            System::Windows => {
                self.set("APPDATA").or_else(|| Some(self.home.as_ref()?.join("AppData").join("Roaming")))
            }
        }
    }

    /// A path for people, and for pasting into a shell: `~` for the home folder, in quotes where a shell needs them.
    pub fn shown(&self, path: &Path) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@%".contains(c);
        let text = path.display().to_string();
        if !text.chars().all(plain) {
            return format!("'{}'", hindcast_render::show::clean(&text).replace('\'', r"'\''"));
        }
        let below = self.home.as_ref().and_then(|home| path.strip_prefix(home).ok());
        match below.filter(|b| !b.as_os_str().is_empty()) {
            Some(below) if self.system != System::Windows => format!("~/{}", below.display()),
            _ => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine<'m>(system: System, var: &'m dyn Fn(&str) -> Option<OsString>) -> Machine<'m> {
        Machine { home: Some("/h".into()), var, system }
    }

    #[test]
    fn the_first_alternative_that_resolves_counts() {
        let base = ["$CODEX_HOME/sessions", "~/.codex/sessions"];
        let none = |_: &str| None;
        assert_eq!(machine(System::Unix, &none).folder(&base), Some("/h/.codex/sessions".into()));
        let set = |n: &str| (n == "CODEX_HOME").then(|| "/x".into());
        assert_eq!(machine(System::Unix, &set).folder(&base), Some("/x/sessions".into()));
        let tilde = |_: &str| Some("~/y".into());
        assert_eq!(machine(System::Unix, &tilde).folder(&base), Some("/h/y/sessions".into()));
        let empty = |_: &str| Some(OsString::new());
        assert_eq!(machine(System::Unix, &empty).folder(&base), Some("/h/.codex/sessions".into()));
        let relative = |_: &str| Some("rel".into());
        let xdg = ["$XDG_DATA_HOME/o", "~/.local/share/o"];
        assert_eq!(machine(System::Unix, &relative).folder(&xdg), Some("/h/.local/share/o".into()));
        let homeless = Machine { home: None, var: &none, system: System::Unix };
        assert_eq!(homeless.folder(&base), None);
    }

    #[test]
    fn editors_keep_their_settings_where_the_system_says() {
        let none = |_: &str| None;
        for (system, folder) in [
            (System::Unix, "/h/.config/Code"),
            (System::Mac, "/h/Library/Application Support/Code"),
            (System::Windows, "/h/AppData/Roaming/Code"),
        ] {
            assert_eq!(machine(system, &none).folder(&["@config/Code"]), Some(folder.into()), "{system:?}");
        }
    }

    #[test]
    fn a_path_can_be_pasted_into_a_shell() {
        let none = |_: &str| None;
        let here = machine(System::Unix, &none);
        assert_eq!(here.shown(Path::new("/h/.codex/a.jsonl")), "~/.codex/a.jsonl");
        assert_eq!(here.shown(Path::new("/h/a b/it's")), r"'/h/a b/it'\''s'");
        assert_eq!(here.shown(Path::new("/h/$(x)\u{1b}[2J")), "'/h/$(x)\u{fffd}[2J'");
    }
}
