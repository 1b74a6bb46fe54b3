//! Turns a keyword into its words: compatibility-normalised, lower-cased, split
//! by Unicode rules, with scripts that write no spaces cut into character pairs.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Longest keyword prefix that is read, in characters. A keyword is at most 255
/// characters; the rest of a mis-pasted document would only cost time.
const MAX_CHARS: usize = 2_000;

/// The words of `text` in order, repeats kept. A text of symbols only (an emoji)
/// is one word, so equal ones still meet; a blank text has none.
pub(super) fn words(text: &str) -> Vec<String> {
    let normal: String = text
        .chars()
        .take(MAX_CHARS)
        .nfkc()
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, '\u{2019}' | '\u{2bc}' | '`' | '\u{b4}') { '\'' } else { c })
        .collect();
    let mut found = Vec::new();
    let mut run: Vec<char> = Vec::new();
    let mut run_end = 0;
    for (start, word) in normal.unicode_word_indices() {
        if word.chars().all(writes_no_spaces) {
            if start != run_end {
                push_pairs(&mut run, &mut found);
            }
            run.extend(word.chars());
            run_end = start + word.len();
        } else {
            push_pairs(&mut run, &mut found);
            push_spaced(word, &mut found);
        }
    }
    push_pairs(&mut run, &mut found);
    if found.is_empty() {
        let symbols: String = normal.split_whitespace().collect();
        if !symbols.is_empty() {
            found.push(symbols);
        }
    }
    found
}

/// True for scripts written without spaces, whose words only a dictionary could find.
pub(super) fn writes_no_spaces(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff     // Thai, Lao
        | 0x1000..=0x109f   // Myanmar
        | 0x1780..=0x17ff   // Khmer
        | 0x3005..=0x3007   // ideographic iteration marks
        | 0x3040..=0x30ff   // Hiragana, Katakana
        | 0x31f0..=0x31ff
        | 0x3400..=0x4dbf   // Han
        | 0x4e00..=0x9fff
        | 0xac00..=0xd7af   // Hangul: spaced, but particles stick to the words
        | 0xf900..=0xfaff
        | 0x20000..=0x3ffff)
}

/// Empties `run`, an unspaced stretch, into its pairs of neighbouring characters; a lone one is a word.
fn push_pairs(run: &mut Vec<char>, found: &mut Vec<String>) {
    if let [only] = run.as_slice() {
        found.push(only.to_string());
    }
    found.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
    run.clear();
}

/// Pushes a spaced word without its elided neighbours: `women's` is about women,
/// `l'assurance` about assurance.
fn push_spaced(word: &str, found: &mut Vec<String>) {
    if word.chars().next().is_some_and(char::is_numeric) {
        found.push(word.to_owned());
        return;
    }
    for part in word.split(['.', ':', '_', '\'']) {
        let elided =
            word.contains('\'') && (part.chars().count() < 2 || matches!(part, "ll" | "re" | "ve" | "qu"));
        if !elided && !part.is_empty() {
            found.push(part.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn case_width_and_apostrophes_do_not_matter() {
        assert_eq!(words("Women’s ＨＲＴ patches"), ["women", "hrt", "patches"]);
        assert_eq!(words("l'assurance d'été"), ["assurance", "été"]);
    }

    #[test]
    fn unspaced_scripts_become_character_pairs() {
        assert_eq!(words("更年期 症状"), ["更年", "年期", "症状"]);
        assert_eq!(words("茶"), ["茶"]);
        assert_eq!(words("iphone手机壳"), ["iphone", "手机", "机壳"]);
    }

    #[test]
    fn symbols_are_one_word_and_blanks_none() {
        assert_eq!(words(" 🍕 🍕 "), ["🍕🍕"]);
        assert!(words(" \t").is_empty());
        assert_eq!(words("سن اليأس"), ["سن", "اليأس"]);
    }
}
