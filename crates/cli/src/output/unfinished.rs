//! A file that is in its place only when all of it is there. Until then it has no name where the system can do that, so that
//! nothing of it is left if the program is stopped.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// What its name begins with, where it needs one.
const PREFIX: &str = ".hindcast-";

/// A file that is being written.
pub enum Unfinished {
    /// It has no name.
    #[cfg(target_os = "linux")]
    Nameless(File),
    /// It has a name of its own, and goes when it is dropped.
    Named(NamedTempFile),
}

fn folder(of: &Path) -> &Path {
    of.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn named(path: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder(path))
}

impl Unfinished {
    /// Begins in the folder of a file.
    pub fn beside(path: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(file) = nameless::open(folder(path)) {
            return Ok(Unfinished::Nameless(file));
        }
        named(path).map(Unfinished::Named)
    }

    fn file(&self) -> &File {
        match self {
            #[cfg(target_os = "linux")]
            Unfinished::Nameless(file) => file,
            Unfinished::Named(file) => file.as_file(),
        }
    }

    /// Puts it in its place, over what is there.
    pub fn place(self, path: &Path) -> io::Result<()> {
        self.file().sync_all()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path).map_or(0o644, |m| m.permissions().mode());
            self.file().set_permissions(std::fs::Permissions::from_mode(mode))?;
        }
        match self {
            #[cfg(target_os = "linux")]
            Unfinished::Nameless(file) => nameless::place(file, path),
            Unfinished::Named(file) => file.persist(path).map(drop).map_err(|e| e.error),
        }
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

#[cfg(target_os = "linux")]
mod nameless {
    use super::{PREFIX, folder};
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open as open_at};
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::{Path, PathBuf};

    /// A file without a name, where the file system has such and it can be given a name later.
    pub fn open(folder: &Path) -> Option<File> {
        let file = File::from(
            open_at(folder, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR).ok()?,
        );
        entry(&file).exists().then_some(file)
    }

    /// Where the system lists the open file.
    fn entry(file: &File) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
    }

    /// Gives it a name beside the other file, since only a rename takes the place of one, and renames it at once.
    pub fn place(file: File, path: &Path) -> io::Result<()> {
        let link = |name: &Path| linkat(CWD, entry(&file), CWD, name, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from);
        let named = tempfile::Builder::new().prefix(PREFIX).make_in(folder(path), link)?;
        named.persist(path).map(drop).map_err(|e| e.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_when_it_is_whole_and_nothing_of_it_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("retro.md");
        let names =
            || std::fs::read_dir(folder.path()).expect("lists").flatten().map(|e| e.file_name()).collect::<Vec<_>>();
        for text in ["first", "second"] {
            let before = names();
            let mut file = Unfinished::beside(&path).expect("begins");
            file.write_all(text.as_bytes()).expect("writes");
            #[cfg(target_os = "linux")]
            if matches!(file, Unfinished::Nameless(_)) {
                assert_eq!(names(), before);
            }
            file.place(&path).expect("places");
            assert_eq!(std::fs::read_to_string(&path).expect("reads"), text);
            assert_eq!(names().len(), 1);
        }
        drop(Unfinished::beside(&path).expect("begins"));
        assert_eq!(names().len(), 1);
    }

    #[test]
    fn where_no_file_can_be_without_a_name_it_has_one_until_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("retro.md");
        let mut file = named(&path).map(Unfinished::Named).expect("begins");
        file.write_all(b"all of it").expect("writes");
        file.place(&path).expect("places");
        assert_eq!(std::fs::read_to_string(&path).expect("reads"), "all of it");
        assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 1);
    }
}
