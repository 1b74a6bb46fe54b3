//! The parts of an `.xlsx` package, weighed before anything trusts them: what they unpack to, and what their reader will
//! hold of them. The reader takes counts at their word and copies what is named once as often as it is referred to.

use std::io::{self, BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::error::{ImportError, Limit};
use super::workbook::unreadable;

/// Parts with this in their path are streamed; all others are held in memory.
const SHEETS: &str = "/worksheets/";

/// Where a package says which part is its workbook.
const RELATIONS: &str = "_rels/.rels";

/// Bytes that are held for one text of the shared table, beside the text.
const SHARED_TEXT: u64 = 24;

/// Bytes that are held at most for a font, a relation and the like, beside what it says.
const ELEMENT: u64 = 256;

/// Bytes that are held at most for the format of a cell, beside its texts.
const CELL_FORMAT: u64 = 512;

/// What is held of the parts that are not streamed.
#[derive(Debug, Default)]
struct Weight {
    /// Bytes of what is held once.
    elements: u64,
    /// How many cell formats there are; each has a font's name and a number format of its own.
    cell_formats: u64,
    longest_format: u64,
    /// How many sheets there are; each has its path, which begins with the workbook's, of its own.
    sheets: u64,
    longest_path: u64,
}

/// Unpacks every part once, keeping nothing: what an archive says about its own sizes may be a lie. Answers how many bytes
/// an open workbook will hold at most, sheets aside.
pub(super) fn weigh(stored: &[u8], allowed: u64) -> Result<u64, ImportError> {
    let too_large = || ImportError::TooLarge { limit: Limit::Unpacked, allowed, line: None };
    let mut archive = ZipArchive::new(Cursor::new(stored)).map_err(|fault| unreadable(None, fault))?;
    let mut weight = Weight::default();
    let (mut left, mut held) = (allowed, 0_u64);
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|fault| unreadable(None, fault))?;
        let name = part.name().map_err(|fault| unreadable(None, fault))?.into_owned();
        let streamed = name.contains(SHEETS);
        let most = if streamed { left } else { left.min(allowed / 4) };
        let mut part = part.take(most.saturating_add(1));
        if !streamed {
            weight.add(&name, &mut part)?;
        }
        io::copy(&mut part, &mut io::sink()).map_err(|fault| unreadable(None, fault))?;
        if part.limit() == 0 {
            return Err(too_large());
        }
        let unpacked = most.saturating_add(1) - part.limit();
        left -= unpacked;
        if !streamed {
            held += unpacked;
        }
    }
    let beside = weight.bytes();
    if beside > allowed / 4 { Err(too_large()) } else { Ok(held.saturating_add(beside)) }
}

impl Weight {
    /// Adds a part as far as it is XML: beyond a fault its reader does not read either.
    fn add(&mut self, name: &str, part: impl Read) -> Result<(), ImportError> {
        let relations = name.replace('\\', "/").eq_ignore_ascii_case(RELATIONS);
        let mut xml = Reader::from_reader(BufReader::new(part));
        let settings = xml.config_mut();
        settings.check_end_names = false;
        settings.check_comments = false;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match xml.read_event_into(&mut buffer) {
                Ok(Event::Start(element) | Event::Empty(element)) => {
                    if relations {
                        check_place(&element)?;
                    }
                    self.add_element(&element);
                }
                Ok(Event::Eof) | Err(_) => return Ok(()),
                Ok(_) => {}
            }
        }
    }

    fn add_element(&mut self, element: &BytesStart<'_>) {
        let said = element.attributes_raw();
        let length = said.len() as u64;
        match element.local_name().as_ref() {
            "sst" => self.hold(announced(said).saturating_mul(SHARED_TEXT)),
            "si" => self.hold(SHARED_TEXT),
            "xf" => self.cell_formats += 1,
            "sheet" => self.sheets += 1,
            "font" | "fill" | "border" | "definedName" => self.hold(ELEMENT),
            "name" | "numFmt" => {
                self.hold(ELEMENT);
                self.longest_format = self.longest_format.max(length);
            }
            "Relationship" => {
                self.hold(ELEMENT);
                self.longest_path = self.longest_path.max(length);
            }
            _ => {}
        }
    }

    fn hold(&mut self, bytes: u64) {
        self.elements = self.elements.saturating_add(bytes);
    }

    fn bytes(&self) -> u64 {
        let format = CELL_FORMAT.saturating_add(self.longest_format.saturating_mul(2));
        let sheet = ELEMENT.saturating_add(self.longest_path.saturating_mul(2));
        self.elements
            .saturating_add(self.cell_formats.saturating_mul(format))
            .saturating_add(self.sheets.saturating_mul(sheet))
    }
}

/// How many texts a shared table says it has: room for all of them is made before the first is read.
fn announced(attributes: &str) -> u64 {
    let counts = attributes.split("uniqueCount").skip(1).filter_map(|behind| {
        let digits = behind.trim_start_matches(|character: char| !character.is_ascii_digit());
        let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().ok()
    });
    counts.max().unwrap_or(0)
}

/// Refuses a workbook among the sheets: what is held of it would count as streamed. Such a path is not hidden in
/// character references either.
fn check_place(relation: &BytesStart<'_>) -> Result<(), ImportError> {
    let said = relation.attributes_raw().to_ascii_lowercase();
    if said.contains(SHEETS.trim_matches('/')) || said.contains("&#") {
        return Err(unreadable(None, io::Error::other("the workbook stands among its sheets")));
    }
    Ok(())
}
