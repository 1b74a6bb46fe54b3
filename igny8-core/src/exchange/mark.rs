//! What a workbook knows about a cell beside its text. A sheet is read as text, so it is told by a character in front of
//! the cell that no text has there.

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A number, its decimal mark a point and its thousands not set apart.
    Number,
    /// A date, a time or a length of time.
    Date,
}

/// Two of the characters that Unicode keeps for such use within a program.
const NUMBER: &str = "\u{fdd0}";
const DATE: &str = "\u{fdd1}";

impl Kind {
    /// What stands before the text of such a cell.
    pub(super) const fn mark(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::Number => NUMBER,
            Self::Date => DATE,
        }
    }

    /// Tells a cell's mark from its text.
    pub(super) fn split(cell: &[u8]) -> (Self, &[u8]) {
        for kind in [Self::Number, Self::Date] {
            if let Some(text) = cell.strip_prefix(kind.mark().as_bytes()) {
                return (kind, text);
            }
        }
        (Self::Text, cell)
    }
}

/// A text that cannot be taken for a marked one.
pub(super) fn without_marks(text: &str) -> &str {
    text.trim_start_matches(['\u{fdd0}', '\u{fdd1}'])
}
