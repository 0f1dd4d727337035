//! A small disk of its own, which a test can fill, empty, and make read-only.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A file system in memory with little room, until it is dropped.
pub struct SmallDisk {
    folder: TempDir,
}

/// A disk of so many mebibytes, or `None` where the test may not mount one: that takes Linux and root.
pub fn small_disk(mebibytes: u32) -> Option<SmallDisk> {
    let folder = tempfile::tempdir().expect("a folder");
    let size = format!("size={mebibytes}m,mode=0700");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("skipped on a small disk: mounting one takes Linux and root");
        return None;
    }
    Some(SmallDisk { folder })
}

impl SmallDisk {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Uses up all the room that is left.
    ///
    /// # Panics
    /// When something else than room is missing.
    pub fn fill(&self) {
        let mut file = std::fs::File::options().create(true).append(true).open(self.filler()).expect("a file");
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    /// Gives back what [`Self::fill`] used.
    ///
    /// # Panics
    /// When it is not filled.
    pub fn empty(&self) {
        std::fs::remove_file(self.filler()).expect("is filled");
    }

    /// Takes no more writes. Nothing may be open on it.
    ///
    /// # Panics
    /// When it is in use.
    pub fn make_read_only(&self) {
        let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(self.path()).status().expect("runs");
        assert!(remounted.success(), "the disk is in use");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also while a file on it is open.
        Command::new("umount").arg("-l").arg(self.path()).status().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_full_until_it_is_emptied() {
        let Some(disk) = small_disk(1) else { return };
        let file = disk.path().join("file");
        disk.fill();
        assert!(std::fs::write(&file, [0; 8192]).is_err());
        disk.empty();
        std::fs::write(&file, [0; 8192]).expect("there is room");
    }
}
