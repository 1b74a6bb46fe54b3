//! What the bytes of a file tell about its kind and its character encoding.

use super::error::ImportError;
use super::report::TextEncoding;

/// What bytes that may be UTF-8 or Windows-1252 are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Utf8,
    Windows1252,
    /// Not one character beyond ASCII is complete.
    Unclear,
}

/// The encoding that the front of a file announces, and how many bytes its byte order mark has;
/// `None` leaves UTF-8 and Windows-1252.
pub(super) fn announced(front: &[u8]) -> (Option<TextEncoding>, usize) {
    match front {
        [0xEF, 0xBB, 0xBF, ..] => (Some(TextEncoding::Utf8), 3),
        [0xFF, 0xFE, ..] => (Some(TextEncoding::Utf16Le), 2),
        [0xFE, 0xFF, ..] => (Some(TextEncoding::Utf16Be), 2),
        _ => (unmarked_utf16(front), 0),
    }
}

/// UTF-8 or Windows-1252? Accented Windows-1252 text hardly ever makes a valid UTF-8 character, so
/// a few of them are enough. Taking it for UTF-8 wrongly would refuse rows for all to see, the
/// reverse would garble them in silence.
pub(super) fn judge(bytes: &[u8], last: bool) -> Verdict {
    let (mut valid, mut broken) = (0_usize, 0_usize);
    let mut rest = bytes;
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                valid += beyond_ascii(text.as_bytes());
                break;
            }
            Err(fault) => {
                let (good, bad) = rest.split_at(fault.valid_up_to());
                valid += beyond_ascii(good);
                let Some(length) = fault.error_len() else {
                    broken += usize::from(last);
                    break;
                };
                broken += 1;
                rest = &bad[length..];
            }
        }
    }
    match (valid, broken) {
        (0, 0) => Verdict::Unclear,
        (valid, broken) if valid * 4 >= broken => Verdict::Utf8,
        _ => Verdict::Windows1252,
    }
}

/// Characters beyond ASCII in valid UTF-8: the bytes that begin one.
fn beyond_ascii(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte >= 0xC0).count()
}

/// UTF-16 without a byte order mark: headers are mostly ASCII, so every other byte is zero.
fn unmarked_utf16(front: &[u8]) -> Option<TextEncoding> {
    let pairs = front.len() / 2;
    if pairs < 2 {
        return None;
    }
    let zeros = |offset: usize| front.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let mostly = |zeros: usize| zeros * 10 >= pairs * 6;
    let hardly = |zeros: usize| zeros * 10 < pairs;
    match (mostly(even), mostly(odd)) {
        (false, true) if hardly(even) => Some(TextEncoding::Utf16Le),
        (true, false) if hardly(odd) => Some(TextEncoding::Utf16Be),
        _ => None,
    }
}

/// Files whose first bytes say that they are something else.
pub(super) fn refuse_foreign(front: &[u8]) -> Result<(), ImportError> {
    const OTHERS: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "a zip archive"),
        (b"PK\x05\x06", "an empty zip archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"%PDF-", "a PDF document"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"SQLite format 3\0", "a database"),
    ];
    if front.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(ImportError::OldWorkbook);
    }
    match OTHERS.iter().find(|(magic, _)| front.starts_with(magic)) {
        Some((_, looks_like)) => Err(ImportError::Binary { looks_like }),
        None => Ok(()),
    }
}
