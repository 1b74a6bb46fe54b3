//! Numbers as keyword tools print them: `1,300`, `30 000`, `1.2K`, `1K – 10K`, `85.18`, `N/A`.
//! Integer arithmetic throughout, so nothing is off by a rounding of floats.

use rust_decimal::Decimal;

/// What a volume cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    /// Empty, `-`, `—`, `N/A`.
    Null,
    /// One number.
    Exact(u32),
    /// A bucket, low end first.
    Range(u32, u32),
}

/// Why a cell is not the number it should be; `Display` is a rejection's reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NumberFault {
    #[error("a number is expected, such as 1300, 1,300, 1.2K or 1K – 10K")]
    NotAVolume,
    #[error("a number from 0 to 100 is expected")]
    NotADifficulty,
    #[error("the difficulty must be from 0 to 100")]
    DifficultyOutOfRange,
    #[error("the volume must not be negative")]
    Negative,
    #[error("the volume must not be above {}", u32::MAX)]
    TooLarge,
    #[error("the range runs backwards: its low end is above its high end")]
    Backwards,
}

/// Decimal digits kept behind the point; beyond them nothing changes a rounded volume.
const FRACTION_DIGITS: u32 = 9;

/// Currency signs that stand beside prices.
const CURRENCY_SIGNS: &str = "$€£¥₹₽₩₺₴₫฿₪₱₦₡¢";

/// Whether a trimmed cell stands for "no value".
pub(super) fn is_null(cell: &str) -> bool {
    matches!(cell, "" | "-" | "–" | "—") || cell.eq_ignore_ascii_case("n/a")
}

/// Searches a month, or a bucket of them. `cell` is trimmed.
pub(super) fn volume(cell: &str) -> Result<Figure, NumberFault> {
    if let Some(plain) = plain(cell) {
        return Ok(Figure::Exact(plain));
    }
    if is_null(cell) {
        return Ok(Figure::Null);
    }
    if let Some(rest) = cell.strip_prefix(['-', '−']) {
        return Err(match magnitude(rest.trim_start()) {
            Ok(_) | Err(NumberFault::TooLarge) => NumberFault::Negative,
            Err(fault) => fault,
        });
    }
    let Some((low, high)) = cell.split_once(['-', '‐', '‑', '‒', '–', '—', '−']) else {
        return magnitude(cell).map(Figure::Exact);
    };
    let (low, high) = (magnitude(low.trim())?, magnitude(high.trim())?);
    if low > high {
        return Err(NumberFault::Backwards);
    }
    Ok(Figure::Range(low, high))
}

/// Impressions and the ends of ranges: one number or nothing. `cell` is trimmed.
pub(super) fn count(cell: &str) -> Result<Option<u32>, NumberFault> {
    match volume(cell)? {
        Figure::Null => Ok(None),
        Figure::Exact(count) => Ok(Some(count)),
        Figure::Range(..) => Err(NumberFault::NotAVolume),
    }
}

/// A difficulty of 0–100, fractions rounded half up. `cell` is trimmed.
pub(super) fn difficulty(cell: &str) -> Result<Option<u8>, NumberFault> {
    let cell = cell.strip_suffix('%').map_or(cell, str::trim_end);
    if is_null(cell) {
        return Ok(None);
    }
    let (negative, cell) = match cell.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, cell),
    };
    let (whole, fraction) = cell.split_once(['.', ',']).unwrap_or((cell, ""));
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(NumberFault::NotADifficulty);
    }
    let above_whole = fraction.bytes().any(|digit| digit != b'0');
    // `1,300` is a thousand-odd, not one and three tenths.
    let thousands = cell.contains(',') && fraction.len() == 3;
    match plain(whole) {
        Some(whole) if whole <= 100 && !negative && !thousands && (whole < 100 || !above_whole) => {
            let round_up = fraction.as_bytes().first().is_some_and(|digit| *digit >= b'5');
            Ok(u8::try_from(whole + u32::from(round_up)).ok())
        }
        _ => Err(NumberFault::DifficultyOutOfRange),
    }
}

/// A price, with or without a currency sign or code; `None` for nothing and for what is no price.
pub(super) fn money(cell: &str) -> Option<Decimal> {
    if cell.is_empty() {
        return None;
    }
    if cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return cell.parse().ok();
    }
    let mut digits = String::with_capacity(cell.len());
    for character in cell.chars() {
        match character {
            '0'..='9' | '.' | ',' => digits.push(character),
            '\'' | '’' => {}
            other if other.is_alphabetic() || other.is_whitespace() || CURRENCY_SIGNS.contains(other) => {}
            _ => return None,
        }
    }
    // The mark that stands last is the decimal one, unless it only groups thousands.
    let digits = digits.trim_matches(['.', ',']);
    let (whole, fraction) = match digits.rfind(['.', ',']) {
        Some(at) if !is_grouping(digits, at) => (&digits[..at], &digits[at + 1..]),
        _ => (digits, ""),
    };
    let mut plain: String = whole.chars().filter(char::is_ascii_digit).collect();
    plain.push('.');
    plain.push_str(fraction);
    plain.trim_end_matches('.').parse().ok()
}

/// Whether the mark at `at` groups thousands: a comma with exactly three digits behind it and one
/// to three, not led by a zero, before it; or one of several of its kind.
fn is_grouping(digits: &str, at: usize) -> bool {
    let mark = &digits[at..=at];
    let before = &digits[..at];
    before.contains(mark)
        || (mark == ","
            && digits.len() - at == 4
            && (1..=3).contains(&before.len())
            && !before.starts_with('0')
            && all_digits(before))
}

/// Digits only and short enough not to overflow: nearly every cell of nearly every file.
fn plain(cell: &str) -> Option<u32> {
    if cell.is_empty() || cell.len() > 9 || !all_digits(cell) {
        return None;
    }
    Some(cell.bytes().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// One number with grouping, fraction and `K`/`M`/`B`, rounded half up.
fn magnitude(cell: &str) -> Result<u32, NumberFault> {
    let (number, scale) = match cell.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&cell[..at], 1_000),
        Some((at, 'm' | 'M')) => (&cell[..at], 1_000_000),
        Some((at, 'b' | 'B')) => (&cell[..at], 1_000_000_000),
        _ => (cell, 1_u64),
    };
    let number = number.trim_end();
    let (whole, fraction) = split_fraction(number, scale > 1);
    let whole = grouped(whole)?;
    if !all_digits(fraction) {
        return Err(NumberFault::NotAVolume);
    }
    let (mut behind, mut unit) = (0_u64, 1_u64);
    for digit in fraction.bytes().take(FRACTION_DIGITS as usize) {
        behind = behind * 10 + u64::from(digit - b'0');
        unit *= 10;
    }
    let rounded = (behind * scale + unit / 2) / unit;
    whole
        .checked_mul(scale)
        .and_then(|whole| whole.checked_add(rounded))
        .and_then(|number| u32::try_from(number).ok())
        .ok_or(NumberFault::TooLarge)
}

/// Splits at the decimal mark, if there is one. A volume is a whole number, so `1,300` and `1.300`
/// are both thirteen hundred; with a suffix (`1.2K`, `1,2K`) the mark is a decimal one.
fn split_fraction(number: &str, suffixed: bool) -> (&str, &str) {
    let Some(at) = number.rfind(['.', ',']) else {
        return (number, "");
    };
    let (before, mark, behind) = (&number[..at], &number[at..=at], &number[at + 1..]);
    let other_mark = if mark == "." { ',' } else { '.' };
    let groups = behind.len() == 3 && !before.is_empty() && !before.starts_with('0');
    if before.contains(mark) || (groups && !suffixed && !before.contains(other_mark)) {
        return (number, "");
    }
    (before, behind)
}

/// A whole number whose thousands may be set apart by comma, point, apostrophe or any space.
fn grouped(number: &str) -> Result<u64, NumberFault> {
    let is_mark = |character: char| matches!(character, ',' | '.' | '\'' | '’') || character.is_whitespace();
    let mut value = 0_u64;
    let mut digits = 0;
    let mut groups = number.split(is_mark).peekable();
    let mut first = true;
    while let Some(group) = groups.next() {
        let last = groups.peek().is_none();
        // Indian grouping sets two digits apart, but never at the end.
        let fits = match group.len() {
            0 => false,
            3 => true,
            2 => first || !last,
            1 => first,
            _ => first && last,
        };
        if !fits || !all_digits(group) {
            return Err(NumberFault::NotAVolume);
        }
        digits += group.trim_start_matches('0').len();
        if digits > 15 {
            return Err(NumberFault::TooLarge);
        }
        value = group
            .bytes()
            .fold(value, |value, digit| value.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        first = false;
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes() {
        for (cell, number) in [
            ("0", 0),
            ("201000", 201_000),
            ("1,300", 1_300),
            ("1.300", 1_300),
            ("30 000", 30_000),
            ("30\u{a0}000", 30_000),
            ("30\u{202f}000", 30_000),
            ("30\u{2009}000", 30_000),
            ("1'300", 1_300),
            ("1,234,567", 1_234_567),
            ("12,34,567", 1_234_567),
            ("1.2K", 1_200),
            ("1,2K", 1_200),
            ("1.25 k", 1_250),
            ("2M", 2_000_000),
            ("1.2B", 1_200_000_000),
            ("1300.0", 1_300),
            ("1,300.5", 1_301),
            ("12.4", 12),
            ("0.5", 1),
            ("4294967295", u32::MAX),
        ] {
            assert_eq!(volume(cell), Ok(Figure::Exact(number)), "{cell}");
        }
    }

    #[test]
    fn ranges() {
        for cell in ["1K – 10K", "1K-10K", "1,000 - 10,000", "1\u{a0}000\u{a0}–\u{a0}10\u{a0}000", "1K—10K"]
        {
            assert_eq!(volume(cell), Ok(Figure::Range(1_000, 10_000)), "{cell}");
        }
        assert_eq!(volume("0–10"), Ok(Figure::Range(0, 10)));
        assert_eq!(volume("10K – 1K"), Err(NumberFault::Backwards));
    }

    #[test]
    fn what_is_no_volume() {
        for cell in ["", "-", "—", "–", "N/A", "n/a"] {
            assert_eq!(volume(cell), Ok(Figure::Null), "{cell}");
        }
        for cell in ["many", "1-2-3", "K", "1 2", "1,,300", ".", "1e3", "1K –", "12a", "0x10", "١٢", "- many"]
        {
            assert_eq!(volume(cell), Err(NumberFault::NotAVolume), "{cell}");
        }
        assert_eq!(volume("-5"), Err(NumberFault::Negative));
        assert_eq!(volume("-99999999999"), Err(NumberFault::Negative));
        for cell in ["4294967296", "99B", "99999999999999999999999999"] {
            assert_eq!(volume(cell), Err(NumberFault::TooLarge), "{cell}");
        }
    }

    #[test]
    fn difficulties() {
        for (cell, rounded) in
            [("0", 0), ("100", 100), ("85.18", 85), ("85,5", 86), ("99.5", 100), ("7 %", 7), ("100.00", 100)]
        {
            assert_eq!(difficulty(cell), Ok(Some(rounded)), "{cell}");
        }
        assert_eq!(difficulty("-"), Ok(None));
        for cell in ["101", "100.4", "-1", "1,300", "99999999999999"] {
            assert_eq!(difficulty(cell), Err(NumberFault::DifficultyOutOfRange), "{cell}");
        }
        for cell in ["hard", ".5", "1.2.3", "-x"] {
            assert_eq!(difficulty(cell), Err(NumberFault::NotADifficulty), "{cell}");
        }
    }

    #[test]
    fn prices() {
        for (cell, price) in [
            ("0.34", "0.34"),
            ("$1.20", "1.20"),
            ("1,20 €", "1.20"),
            ("US$ 1,234.50", "1234.50"),
            ("1.234,50", "1234.50"),
            ("1,234", "1234"),
            ("1.234", "1.234"),
            ("0,345", "0.345"),
            ("1,234,567", "1234567"),
            ("3.", "3"),
        ] {
            assert_eq!(money(cell), Some(price.parse().unwrap()), "{cell}");
        }
        for cell in ["", "-", "N/A", "-1.20", "free", "1.2.3", ".", "1-2"] {
            assert_eq!(money(cell), None, "{cell}");
        }
    }
}
