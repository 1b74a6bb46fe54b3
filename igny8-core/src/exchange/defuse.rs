//! Keeps a cell from being run as a formula by a spreadsheet: an apostrophe goes in front of it.
//! Marking and unmarking are exact inverses for every text.

/// First characters that make a spreadsheet run a cell.
const TRIGGERS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Whether an exported cell needs one more apostrophe in front.
///
/// Cells that already read as marked (`'=1`) get one even with `on` false: the importer takes one
/// away from each of those, whatever the setting was when the file was written.
pub(super) fn needs_mark(cell: &str, on: bool) -> bool {
    let bare = cell.trim_start_matches('\'');
    bare.starts_with(TRIGGERS) && (on || bare.len() < cell.len())
}

/// An imported cell without the one apostrophe that [`needs_mark`] asked for.
pub(super) fn unmarked(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(TRIGGERS) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn unmarking_undoes_marking(cell in "[-=+@\\t\\r'a ]{0,6}", on: bool) {
            let mark = if needs_mark(&cell, on) { "'" } else { "" };
            let written = format!("{mark}{cell}");
            prop_assert_eq!(unmarked(&written), &cell);
            prop_assert!(!on || !written.starts_with(TRIGGERS));
        }
    }

    #[test]
    fn ordinary_cells_stay() {
        for cell in ["tea", "'tea'", "it's", "", "'"] {
            assert!(!needs_mark(cell, true));
            assert_eq!(unmarked(cell), cell);
        }
    }
}
