//! The visible text of an article and the number of its words.
//! One rule for every place that counts: targets, credits, limits, scores.

use unicode_segmentation::UnicodeSegmentation;

use crate::article::outline::Outline;

/// The text a reader sees: no tags, scripts or styles, character references decoded, white space folded.
///
/// Blocks (paragraphs, headings, items, cells) and line breaks are separated by `\n`; inline tags separate nothing.
#[must_use]
pub fn visible_text(html: &str) -> String {
    Outline::parse(html).text
}

/// The Unicode words (UAX #29) of the visible text, in words.
///
/// CJK is counted by character: each Han, Hiragana, Katakana and Hangul syllable is one word. Hangul too, although Korean
/// puts spaces between words, so that one rule holds for all three languages. Numbers are words (`3.5` is one), `don't` is
/// one, `well-known` is two; punctuation and emoji are none.
#[must_use]
pub fn word_count(html: &str) -> u32 {
    count(&visible_text(html))
}

/// Text made safe inside an element or a quoted attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The words of plain text by the rule of [`word_count`], in order.
pub(super) fn words(text: &str) -> Vec<&str> {
    text.split_word_bounds().flat_map(split_ideographs).collect()
}

/// The number of words of plain text.
pub(super) fn count(text: &str) -> u32 {
    let words = text.split_word_bounds().flat_map(split_ideographs).count();
    u32::try_from(words).unwrap_or(u32::MAX)
}

/// Whether a character counts as a word by itself.
pub(super) const fn is_ideograph(character: char) -> bool {
    matches!(character,
        '\u{3005}'..='\u{3007}'         // iteration mark, ideographic zero
        | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' | '\u{1B001}'..='\u{1B11F}' | '\u{1B150}'..='\u{1B152}' // Hiragana
        | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9D}' // Katakana
        | '\u{AC00}'..='\u{D7A3}'       // Hangul syllables
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}') // Han
}

/// The words of one segment: each ideograph, and each run of other letters and digits.
fn split_ideographs(segment: &str) -> impl Iterator<Item = &str> {
    let mut rest = segment;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if is_ideograph(first) {
            first.len_utf8()
        } else {
            rest.find(is_ideograph).unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(length);
        rest = after;
        Some(word)
    })
    .filter(|word| word.chars().any(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_words_of_the_visible_text() {
        for (html, expected) in [
            ("", 0),
            ("<p></p>", 0),
            ("one two", 2),
            ("<p>one</p><p>two</p>", 2),
            ("<li>one<li>two", 2),
            ("un<b>believ</b>able", 1),
            ("one<br>two", 2),
            ("<td>one</td><td>two</td>", 2),
            ("<script>a b c</script><style>d e</style>f", 1),
            ("<!-- a b -->c", 1),
            ("<p title='a b'>c</p><img src=x alt='d e'>", 1),
            ("don't 3.5 well-known", 4),
            ("caf&eacute; cr&egrave;me", 2),
            ("a&nbsp;b", 2),
            ("— … 🙂 !", 0),
            ("机器学习", 4),
            ("きかい ガクシュウ", 8),
            ("기계 학습", 4),
            ("AI机器learning", 4),
            ("Привет мир", 2),
            ("1 < 2", 2),
        ] {
            assert_eq!(word_count(html), expected, "{html}");
        }
    }

    #[test]
    fn separates_blocks_and_folds_space() {
        assert_eq!(visible_text("<h2>A  b</h2>\n<p>c <em>d</em>e<br>f</p>"), "A b\nc de\nf");
    }

    #[test]
    fn escapes_what_markup_is_made_of() {
        assert_eq!(escape(r#"<a b="c" d='e'>&"#), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
    }
}
