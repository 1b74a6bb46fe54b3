//! Folds misspelled stems onto the common stem they were meant to be, so that
//! "menopause symtoms" lands beside "menopause symptoms".

use std::collections::HashMap;

use rayon::prelude::*;

/// Shortest stem that is corrected: among shorter ones most neighbours are other words.
const SHORTEST: usize = 5;
/// Shortest stem that is corrected by two edits if the intended one is overwhelmingly commoner.
const TWO_EDITS_FROM: usize = 7;
/// Shortest stem that is corrected by two edits on usual evidence.
const TWO_EDITS_EASILY_FROM: usize = 9;
/// Longest stem considered, in characters.
const LONGEST: usize = 30;

/// A stem as characters, with a bit set of the letters in it to reject most pairs at once.
struct Spelled {
    /// Index of the stem.
    id: u32,
    /// Its characters.
    chars: Vec<char>,
    /// One bit for each letter (code point modulo 64) that it has.
    letters: u64,
    /// Number of texts that have it.
    texts: u32,
}

/// For each stem, the index of the stem it stands for: itself unless misspelled.
/// `stems` are distinct and sorted, each with the number of texts that have it.
pub(super) fn corrections(stems: &[(&str, u32)]) -> Vec<u32> {
    let spelled: Vec<Spelled> =
        (0_u32..).zip(stems).filter_map(|(id, (stem, texts))| Spelled::of(id, stem, *texts)).collect();
    let mut common: HashMap<(char, usize), Vec<&Spelled>> = HashMap::new();
    for stem in spelled.iter().filter(|stem| stem.texts >= times_commoner(1, LONGEST, 1)) {
        if let Some(first) = stem.chars.first() {
            common.entry((*first, stem.chars.len())).or_default().push(stem);
        }
    }
    let found: Vec<(u32, u32)> = spelled
        .par_iter()
        .filter_map(|stem| intended(stem, &common).map(|target| (stem.id, target)))
        .collect();
    let mut meant: Vec<u32> = (0_u32..).take(stems.len()).collect();
    for (from, to) in found {
        meant[from as usize] = to;
    }
    // A target may itself be a misspelling of something far commoner: follow the
    // chain, which climbs in frequency and so ends.
    for from in 0..meant.len() {
        let mut to = meant[from];
        while meant[to as usize] != to {
            to = meant[to as usize];
        }
        meant[from] = to;
    }
    meant
}

impl Spelled {
    /// The stem if it can be or have a misspelling: a word of usual length.
    fn of(id: u32, stem: &str, texts: u32) -> Option<Self> {
        let chars: Vec<char> = stem.chars().take(LONGEST + 1).collect();
        let word = chars.iter().all(|c| c.is_alphabetic());
        if !word || chars.len() < SHORTEST - 1 || chars.len() > LONGEST {
            return None;
        }
        let letters = chars.iter().fold(0, |set, c| set | 1_u64 << (u32::from(*c) % 64));
        Some(Self { id, chars, letters, texts })
    }
}

/// How many times commoner than a stem of this `length` in `texts` texts its correction by
/// `edits` must be. What many texts write is less likely a slip: it may be a brand. A short
/// stem has other words for neighbours ("inject" and "infect"), and most of them are none.
const fn times_commoner(edits: usize, length: usize, texts: u32) -> u32 {
    match (edits, texts) {
        (..2, ..17) if length <= SHORTEST => 40,
        (..2, ..10) if length < TWO_EDITS_FROM => 25,
        (..2, ..2) => 4,
        (..2, _) => texts.saturating_mul(2).saturating_add(6),
        (_, _) if length < TWO_EDITS_EASILY_FROM => texts.saturating_mul(4).saturating_add(100),
        (_, ..2) => 12,
        (_, _) => texts.saturating_mul(4).saturating_add(20),
    }
}

/// The nearest common stem that `stem` may be a misspelling of; the commonest of equally near ones.
fn intended(stem: &Spelled, common: &HashMap<(char, usize), Vec<&Spelled>>) -> Option<u32> {
    let length = stem.chars.len();
    if length < SHORTEST {
        return None;
    }
    let most = if length < TWO_EDITS_FROM { 1 } else { 2 };
    let first = *stem.chars.first()?;
    let mut best: Option<(usize, u32, u32)> = None;
    for near_length in length - most..=length + most {
        for target in common.get(&(first, near_length)).into_iter().flatten() {
            let differing = (stem.letters ^ target.letters).count_ones() as usize;
            let commoner = target.texts / stem.texts.max(1);
            if differing > 2 * most || commoner < times_commoner(1, length, stem.texts) {
                continue;
            }
            let edits = edits(&stem.chars, &target.chars);
            if edits == 0 || edits > most || commoner < times_commoner(edits, length, stem.texts) {
                continue;
            }
            let nearer = best
                .is_none_or(|(least, texts, _)| edits < least || (edits == least && target.texts > texts));
            if nearer {
                best = Some((edits, target.texts, target.id));
            }
        }
    }
    best.map(|(_, _, id)| id)
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, to) in b.iter().enumerate() {
            let mut least = (above[j] + usize::from(from != to)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_count_swaps_once() {
        let count = |a: &str, b: &str| edits(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(count("receive", "recieve"), 1);
        assert_eq!(count("kitten", "sitting"), 3);
        assert_eq!(count("", "ab"), 2);
    }

    #[test]
    fn only_rare_stems_near_common_ones_are_corrected() {
        let stems = [
            ("card", 50),
            ("care", 1),
            ("menopaus", 90),
            ("menopuas", 2),
            ("symptom", 40),
            ("symtom", 1),
            ("treatment", 9),
            ("treatmnet", 3),
        ];
        let meant = corrections(&stems);
        assert_eq!(meant, [0, 1, 2, 2, 4, 4, 6, 7]);
    }

    #[test]
    fn short_stems_need_more_evidence() {
        assert_eq!(corrections(&[("infect", 24), ("inject", 1)]), [0, 1]);
        assert_eq!(corrections(&[("infectious", 24), ("injectious", 1)]), [0, 0]);
        assert_eq!(corrections(&[("women", 39), ("womem", 1)]), [0, 1]);
        assert_eq!(corrections(&[("women", 40), ("womem", 1)]), [0, 0]);
    }

    #[test]
    fn a_chain_of_corrections_ends_at_the_commonest() {
        let stems = [("perimenopaus", 1), ("perimenopauss", 5), ("perimenopausse", 400)];
        assert_eq!(corrections(&stems), [2, 2, 2]);
    }

    #[test]
    fn what_many_texts_write_is_no_slip() {
        let stems = [("perimenopaus", 1), ("perimenopauss", 20), ("perimenopausse", 400)];
        assert_eq!(corrections(&stems), [1, 1, 2]);
    }
}
