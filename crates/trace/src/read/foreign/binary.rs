//! Files that are no text, known by the bytes that they begin with.

use super::{INSTEAD, Known};

/// The kind of a file that begins with these bytes.
type Magic = (&'static [u8], Known);

const fn magic(bytes: &'static [u8], name: &'static str, instead: &'static str) -> Magic {
    (bytes, Known { name, instead })
}

const UNPACK: &str = "Unpack it, and pass the files in it.";
const DATA: &str = "Write its records as JSON Lines, Parquet or CSV.";

const ALL: [Magic; 26] = [
    magic(b"\x89PNG", "a PNG image", INSTEAD),
    magic(b"\xff\xd8\xff", "a JPEG image", INSTEAD),
    magic(b"GIF8", "a GIF image", INSTEAD),
    magic(b"RIFF", "an audio or image file", INSTEAD),
    magic(b"ID3\x03", "an audio file", "Transcribe it, with `User:` or `Agent:` before each turn."),
    magic(b"OggS", "an audio file", "Transcribe it, with `User:` or `Agent:` before each turn."),
    magic(b"%PDF", "a PDF document", INSTEAD),
    magic(b"PK\x03\x04", "a zip archive", UNPACK),
    magic(b"PK\x05\x06", "an empty zip archive", INSTEAD),
    magic(b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    magic(b"Rar!", "a RAR archive", UNPACK),
    magic(b"BZh91AY&SY", "a file that bzip2 compressed", "Unpack it with `bunzip2`, or compress it with gzip or zstd."),
    magic(b"\xfd7zXZ", "a file that xz compressed", "Unpack it with `unxz`, or compress it with gzip or zstd."),
    magic(
        b"\x04\x22\x4d\x18",
        "a file that lz4 compressed",
        "Unpack it with `unlz4`, or compress it with gzip or zstd.",
    ),
    magic(b"\x7fELF", "a program", INSTEAD),
    magic(b"MZ\x90\0", "a program", INSTEAD),
    magic(b"\xcf\xfa\xed\xfe", "a program", INSTEAD),
    magic(b"\x00asm", "a program", INSTEAD),
    magic(b"SQLite format 3", "an SQLite database", "Export the sessions from the program that keeps them there."),
    magic(
        b"# v2 git bundle",
        "a git bundle",
        "Clone it with `git clone FILE FOLDER`, and pass the traces in the folder.",
    ),
    magic(
        b"# v3 git bundle",
        "a git bundle",
        "Clone it with `git clone FILE FOLDER`, and pass the traces in the folder.",
    ),
    magic(b"\x93NUMPY", "a NumPy array", DATA),
    magic(b"\x89HDF", "an HDF5 file", DATA),
    magic(b"Obj\x01", "an Avro file", DATA),
    magic(b"ARROW1", "an Arrow file", DATA),
    magic(b"\xd0\xcf\x11\xe0", "a Microsoft Office document", "Save it as text or CSV."),
];

const PICKLE: Known = Known {
    name: "a Python pickle",
    instead: "Loading one runs code, so Hindcast does not. Write what is in it as JSON, in Python: `json.dump(messages, file, default=str)`.",
};

/// Documents that are zip archives, by a name in them (ECMA-376 and OpenDocument).
const OFFICE: [(&[u8], Known); 5] = [
    (
        b"xl/workbook",
        Known {
            name: "an Excel workbook",
            instead: "Save the sheet as CSV, with a column for the speaker (`role`) and one for the words (`text`).",
        },
    ),
    (
        b"word/document",
        Known { name: "a Word document", instead: "Save it as plain text, with `User:` or `Agent:` before each turn." },
    ),
    (b"ppt/presentation", Known { name: "a PowerPoint presentation", instead: INSTEAD }),
    (
        b"mimetypeapplication/vnd.oasis.opendocument",
        Known { name: "a document of LibreOffice", instead: "Save it as text or CSV." },
    ),
    (b"mimetypeapplication/epub", Known { name: "an electronic book", instead: INSTEAD }),
];

/// The kind of a file that begins as no text does.
pub fn of_binary(bytes: &[u8]) -> Option<Known> {
    if let Some(document) = of_office(bytes) {
        return Some(document);
    }
    if matches!(bytes, [0x80, 2..=5, ..]) {
        return Some(PICKLE);
    }
    ALL.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, known)| *known)
}

/// The kind of a document that is a zip archive; `None` for any other file.
pub fn of_office(bytes: &[u8]) -> Option<Known> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    // The names stand in the archive as they are, at the latest in its directory.
    OFFICE.iter().find(|(name, _)| memchr::memmem::find(bytes, name).is_some()).map(|(_, known)| *known)
}

#[cfg(test)]
mod tests {
    use crate::{Evidence, ReadError, read};

    #[test]
    fn what_is_no_text_is_refused_by_name_with_what_to_do() {
        for (bytes, name, how) in [
            (b"\x80\x04\x95\x10\0\0\0\0\0\0\0".as_slice(), "a Python pickle", "json.dump"),
            (b"# v2 git bundle\n0123 refs/heads/main\n\nPACK\0\0\0\x02", "a git bundle", "git clone"),
            (b"PK\x03\x04\x14\0\0\0xl/workbook.xml\0\0", "an Excel workbook", "CSV"),
            (b"PK\x03\x04\x14\0\0\0word/document.xml\0\0", "a Word document", "plain text"),
            (b"PK\x03\x04\x14\0\0\0notes.txt\0\0", "a zip archive", "Unpack"),
            (b"\xfd7zXZ\0\0\x04", "xz", "unxz"),
            (b"%PDF-1.7\n1 0 obj", "a PDF document", "OpenTelemetry"),
            (b"\x89PNG\r\n\x1a\n", "a PNG image", "OpenTelemetry"),
        ] {
            let error = read(&[Evidence::new("f", bytes.to_vec())]).expect_err(name);
            assert!(matches!(error, ReadError::NotText { .. }), "{error}");
            let text = error.to_string();
            assert!(text.contains(name) && text.contains(how), "{text}");
        }
    }
}
