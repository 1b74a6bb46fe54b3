//! Turns the bytes of a file into UTF-8 text, chunk by chunk: byte order marks, UTF-16, UTF-8 and
//! Windows-1252. UTF-8 is passed on unchecked; whoever uses a cell checks that cell.

use std::fmt;
use std::io::{self, Read};

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::encoding::{self, Verdict};
use super::error::{ImportError, Limit};
use super::records::Text;
use super::report::TextEncoding;

/// Bytes read from the file at a time.
const CHUNK: usize = 64 * 1024;

/// Bytes at the front by which a kind of file and UTF-16 without a mark are known.
const FRONT: usize = 4 * 1024;

/// The text of a file, read as it is needed.
pub(super) struct TextSource<R> {
    input: R,
    decoding: Decoding,
    /// Decoded text, of which the part before `start` is used up.
    text: Vec<u8>,
    start: usize,
    raw: Vec<u8>,
    ended: bool,
    damaged: bool,
    bytes_read: u64,
    max_bytes: u64,
}

/// The decoded beginning of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) text: &'a [u8],
    /// Whether this is the whole file.
    pub(super) whole: bool,
}

enum Decoding {
    /// ASCII so far, so UTF-8 and Windows-1252 are both possible. Holds bytes that wait for more.
    Open(Vec<u8>),
    Utf8,
    Other(Decoder, TextEncoding),
}

impl<R: Read> TextSource<R> {
    /// Looks at the front of a file and decides on its encoding.
    pub(super) fn open(input: R, max_bytes: u64) -> Result<Self, ImportError> {
        let mut source = Self {
            input,
            decoding: Decoding::Open(Vec::new()),
            text: Vec::new(),
            start: 0,
            raw: vec![0; CHUNK],
            ended: false,
            damaged: false,
            bytes_read: 0,
            max_bytes,
        };
        let mut front = Vec::new();
        while front.len() < FRONT && !source.ended {
            let read = source.read_raw()?;
            front.extend_from_slice(&source.raw[..read]);
        }
        encoding::refuse_foreign(&front)?;
        let mark = source.choose(&front);
        source.accept(&front[mark..]);
        Ok(source)
    }

    /// At least the first `lines` lines or `bytes` bytes, where the file has as much. Nothing is used up.
    pub(super) fn head(&mut self, lines: usize, bytes: usize) -> Result<Head<'_>, ImportError> {
        let (mut counted, mut ends) = (0, 0);
        loop {
            ends += line_ends(&self.text[counted..]);
            counted = self.text.len();
            if ends >= lines || counted >= bytes || self.ended {
                break;
            }
            self.extend()?;
        }
        Ok(Head { text: &self.text, whole: self.ended })
    }

    /// The encoding as far as it is decided: ASCII counts as UTF-8.
    pub(super) fn encoding(&self) -> TextEncoding {
        match &self.decoding {
            Decoding::Open(_) | Decoding::Utf8 => TextEncoding::Utf8,
            Decoding::Other(_, encoding) => *encoding,
        }
    }

    /// Whether bytes that do not belong to the encoding were replaced by U+FFFD.
    pub(super) fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Bytes of the file read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Reads the next chunk and appends its text; does nothing at the end of the file.
    fn extend(&mut self) -> Result<(), ImportError> {
        if self.ended {
            return Ok(());
        }
        let read = self.read_raw()?;
        let raw = std::mem::take(&mut self.raw);
        self.accept(&raw[..read]);
        self.raw = raw;
        Ok(())
    }

    fn read_raw(&mut self) -> Result<usize, ImportError> {
        let read = loop {
            match self.input.read(&mut self.raw) {
                Ok(read) => break read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What a sheet's own reader found says more than that reading failed.
                Err(error) => match error.downcast::<ImportError>() {
                    Ok(fault) => return Err(fault),
                    Err(source) => return Err(ImportError::Io { bytes_read: self.bytes_read, source }),
                },
            }
        };
        self.bytes_read += read as u64;
        if self.bytes_read > self.max_bytes {
            return Err(ImportError::TooLarge { limit: Limit::Bytes, allowed: self.max_bytes, line: None });
        }
        self.ended = read == 0;
        Ok(read)
    }

    /// Picks the decoding; answers how many bytes the byte order mark has.
    fn choose(&mut self, front: &[u8]) -> usize {
        let (announced, mark) = encoding::announced(front);
        self.decoding = match announced {
            None => Decoding::Open(Vec::new()),
            Some(TextEncoding::Utf16Le) => {
                Decoding::Other(UTF_16LE.new_decoder_without_bom_handling(), TextEncoding::Utf16Le)
            }
            Some(TextEncoding::Utf16Be) => {
                Decoding::Other(UTF_16BE.new_decoder_without_bom_handling(), TextEncoding::Utf16Be)
            }
            Some(_) => Decoding::Utf8,
        };
        mark
    }

    fn accept(&mut self, raw: &[u8]) {
        match &mut self.decoding {
            Decoding::Open(waiting) if waiting.is_empty() && raw.is_ascii() => {
                self.text.extend_from_slice(raw);
            }
            Decoding::Open(waiting) => {
                let mut bytes = std::mem::take(waiting);
                bytes.extend_from_slice(raw);
                match encoding::judge(&bytes, self.ended) {
                    Verdict::Utf8 => {
                        self.text.extend_from_slice(&bytes);
                        self.decoding = Decoding::Utf8;
                    }
                    Verdict::Windows1252 => {
                        let decoder = WINDOWS_1252.new_decoder_without_bom_handling();
                        self.decoding = Decoding::Other(decoder, TextEncoding::Windows1252);
                        self.accept(&bytes);
                    }
                    Verdict::Unclear => *waiting = bytes,
                }
            }
            Decoding::Utf8 => self.text.extend_from_slice(raw),
            Decoding::Other(decoder, _) => {
                let mut rest = raw;
                loop {
                    let filled = self.text.len();
                    // Never too small: should the estimate fail, the loop goes round once more.
                    let room = decoder.max_utf8_buffer_length(rest.len()).unwrap_or(4 * CHUNK);
                    self.text.resize(filled + room, 0);
                    let (result, read, written, replaced) =
                        decoder.decode_to_utf8(rest, &mut self.text[filled..], self.ended);
                    self.text.truncate(filled + written);
                    self.damaged |= replaced;
                    rest = &rest[read..];
                    if result == encoding_rs::CoderResult::InputEmpty {
                        break;
                    }
                }
            }
        }
    }
}

impl<R: Read> Text for TextSource<R> {
    fn chunk(&mut self) -> Result<&[u8], ImportError> {
        while self.start == self.text.len() && !self.ended {
            self.text.clear();
            self.start = 0;
            self.extend()?;
        }
        Ok(&self.text[self.start..])
    }

    fn consume(&mut self, bytes: usize) {
        self.start += bytes;
    }
}

impl<R> fmt::Debug for TextSource<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextSource")
            .field("bytes_read", &self.bytes_read)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Line ends, whichever of the two bytes the file uses for them.
fn line_ends(text: &[u8]) -> usize {
    let (feeds, returns) = text.iter().fold((0, 0), |(feeds, returns), byte| {
        (feeds + usize::from(*byte == b'\n'), returns + usize::from(*byte == b'\r'))
    });
    feeds.max(returns)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every character is cut somewhere.
    struct Dribble<'a>(&'a [u8]);

    impl Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let taken = self.0.len().min(1).min(buffer.len());
            buffer[..taken].copy_from_slice(&self.0[..taken]);
            self.0 = &self.0[taken..];
            Ok(taken)
        }
    }

    fn decoded(bytes: &[u8]) -> (String, TextEncoding, bool) {
        let mut source = TextSource::open(Dribble(bytes), u64::MAX).unwrap();
        let mut text = Vec::new();
        loop {
            let chunk = source.chunk().unwrap();
            if chunk.is_empty() {
                break;
            }
            text.extend_from_slice(chunk);
            let taken = chunk.len();
            source.consume(taken);
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        (text, source.encoding(), source.is_damaged())
    }

    fn in_utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "Keyword;café 🌿 30\u{202f}000";
        let marked = format!("\u{feff}{text}");
        assert_eq!(decoded(text.as_bytes()), (text.into(), TextEncoding::Utf8, false));
        assert_eq!(decoded(marked.as_bytes()), (text.into(), TextEncoding::Utf8, false));
        for text_in in [&marked, text] {
            let little = in_utf16(text_in, u16::to_le_bytes);
            assert_eq!(decoded(&little), (text.into(), TextEncoding::Utf16Le, false));
            let big = in_utf16(text_in, u16::to_be_bytes);
            assert_eq!(decoded(&big), (text.into(), TextEncoding::Utf16Be, false));
        }
        assert_eq!(
            decoded(b"caf\xe9 \x80 \xfcber"),
            ("café € über".into(), TextEncoding::Windows1252, false)
        );
    }

    #[test]
    fn windows_1252_is_found_late_in_a_file() {
        let mut bytes = b"tea\n".repeat(50_000);
        bytes.extend_from_slice(b"caf\xe9");
        let (text, encoding, _) = decoded(&bytes);
        assert!(text.ends_with("tea\ncafé"));
        assert_eq!(encoding, TextEncoding::Windows1252);
    }

    #[test]
    fn broken_utf16_is_known_as_such() {
        let mut bytes = in_utf16("\u{feff}keyword\ntea", u16::to_le_bytes);
        bytes.extend_from_slice(&[0x00, 0xD8, b'x', 0, b'y']);
        let (text, _, damaged) = decoded(&bytes);
        assert!(damaged);
        assert!(text.contains('\u{fffd}'));
    }

    #[test]
    fn too_many_bytes_are_refused() {
        let refused = TextSource::open(&b"keyword\ntea\n"[..], 11);
        assert!(matches!(refused, Err(ImportError::TooLarge { limit: Limit::Bytes, allowed: 11, .. })));
        assert!(TextSource::open(&b"keyword\ntea"[..], 11).is_ok());
    }
}
