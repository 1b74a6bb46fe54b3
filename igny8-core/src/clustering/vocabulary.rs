//! The terms of a keyword list: words reduced to what they mean (stem, spelling,
//! compound), and each keyword as a bag of those terms.

use std::collections::HashMap;

use rayon::prelude::*;

use super::language::{Language, Role, Stems};
use super::spelling;
use super::words::words;

/// Shortest compound, in characters, that is matched with its two parts.
const SHORTEST_COMPOUND: usize = 6;

/// One thing a word can mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// The commonest written form of the term.
    pub(super) readable: String,
    /// What the term contributes to a keyword.
    pub(super) role: Role,
}

/// A keyword list as terms.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    /// Terms in the order of their stems.
    pub(super) terms: Vec<Term>,
    /// For each keyword its terms, ascending, repeats kept; those of grammar only where there are no others, so that
    /// "sleep in menopause" and "menopause and sleep" are the same.
    pub(super) bags: Vec<Vec<u32>>,
}

/// The distinct words of a list, sorted, and each text as indexes into them.
struct Lexicon {
    /// Lower-case words, sorted.
    words: Vec<String>,
    /// For each word the number of texts that have it.
    texts_with: Vec<u32>,
    /// For each text its words in their order.
    texts: Vec<Vec<u32>>,
}

impl Vocabulary {
    /// Reads `texts`; the outcome for each text depends on the set of texts, not on their order.
    pub(super) fn of(texts: &[&str]) -> Self {
        let mut lexicon = Lexicon::of(texts);
        lexicon.unite_compounds();
        let language =
            Language::guess(lexicon.words.iter().map(String::as_str).zip(lexicon.texts_with.iter().copied()));
        let stems = Stems::of(language);
        let stem_of_word: Vec<String> = lexicon.words.par_iter().map(|word| stems.stem(word)).collect();
        let mut distinct: Vec<&str> = stem_of_word.iter().map(String::as_str).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let stem_ids: HashMap<&str, u32> = distinct.iter().copied().zip(0_u32..).collect();
        let word_to_stem: Vec<u32> =
            stem_of_word.iter().filter_map(|stem| stem_ids.get(stem.as_str()).copied()).collect();

        let mut counted: Vec<(&str, u32)> = distinct.iter().map(|stem| (*stem, 0)).collect();
        for (stem, texts) in word_to_stem.iter().zip(&lexicon.texts_with) {
            counted[*stem as usize].1 += texts;
        }
        let meant = spelling::corrections(&counted);
        let word_to_term: Vec<u32> = word_to_stem.iter().map(|stem| meant[*stem as usize]).collect();

        let mut commonest = vec![0_u32; distinct.len()];
        let mut terms: Vec<Term> =
            distinct.iter().map(|stem| Term { readable: (*stem).to_owned(), role: Role::Topic }).collect();
        for ((word, texts), term) in lexicon.words.iter().zip(&lexicon.texts_with).zip(&word_to_term) {
            let term = *term as usize;
            if *texts > commonest[term] {
                commonest[term] = *texts;
                word.clone_into(&mut terms[term].readable);
                terms[term].role = language.role(word);
            }
        }
        let bags = lexicon
            .texts
            .par_iter()
            .map(|text| {
                let mut bag: Vec<u32> = text.iter().map(|word| word_to_term[*word as usize]).collect();
                let says = |term: &u32| terms[*term as usize].role != Role::Grammar;
                if bag.iter().any(says) {
                    bag.retain(says);
                }
                bag.sort_unstable();
                bag
            })
            .collect();
        Self { terms, bags }
    }
}

impl Lexicon {
    /// Reads `texts`.
    fn of(texts: &[&str]) -> Self {
        let spelled: Vec<Vec<String>> = texts.par_iter().map(|text| words(text)).collect();
        let mut distinct: Vec<&str> = spelled.iter().flatten().map(String::as_str).collect();
        distinct.par_sort_unstable();
        distinct.dedup();
        let ids: HashMap<&str, u32> = distinct.iter().copied().zip(0_u32..).collect();
        let texts: Vec<Vec<u32>> = spelled
            .par_iter()
            .map(|text| text.iter().filter_map(|word| ids.get(word.as_str()).copied()).collect())
            .collect();
        let words: Vec<String> = distinct.into_iter().map(str::to_owned).collect();
        let mut lexicon = Self { texts_with: vec![0; words.len()], words, texts };
        lexicon.count_texts();
        lexicon
    }

    /// Counts `texts_with` anew.
    fn count_texts(&mut self) {
        self.texts_with.fill(0);
        let mut seen_in = vec![usize::MAX; self.words.len()];
        for (text, words) in self.texts.iter().enumerate() {
            for word in words {
                let word = *word as usize;
                if seen_in[word] != text {
                    seen_in[word] = text;
                    self.texts_with[word] += 1;
                }
            }
        }
    }

    /// Writes "hot flashes" and "hotflashes", or "peri menopause" and
    /// "perimenopause", the same way: the commoner one of each.
    fn unite_compounds(&mut self) {
        let ids: HashMap<&str, u32> = self.words.iter().map(String::as_str).zip(0_u32..).collect();
        let mut pairs: HashMap<(u32, u32), (u32, u32)> = HashMap::new();
        let mut joined = String::new();
        for text in &self.texts {
            for pair in text.windows(2) {
                let &[left, right] = pair else { continue };
                if let Some((_, count)) = pairs.get_mut(&(left, right)) {
                    *count += 1;
                    continue;
                }
                joined.clear();
                joined.push_str(&self.words[left as usize]);
                joined.push_str(&self.words[right as usize]);
                if joined.chars().count() < SHORTEST_COMPOUND || !joined.chars().all(char::is_alphabetic) {
                    continue;
                }
                if let Some(compound) = ids.get(joined.as_str()) {
                    pairs.insert((left, right), (*compound, 1));
                }
            }
        }
        if pairs.is_empty() {
            return;
        }
        let mut splits: HashMap<u32, ((u32, u32), u32)> = HashMap::new();
        for (pair, (compound, count)) in &pairs {
            if *count > self.texts_with[*compound as usize] {
                let split = splits.entry(*compound).or_insert((*pair, *count));
                if (*count, *pair) > (split.1, split.0) {
                    *split = (*pair, *count);
                }
            }
        }
        let texts_with = &self.texts_with;
        self.texts.par_iter_mut().for_each(|text| {
            let mut united = Vec::with_capacity(text.len() + 1);
            let mut rest = text.as_slice();
            while let [word, after @ ..] = rest {
                rest = after;
                let pair = after.first().map(|next| (*word, *next));
                let compound = pair
                    .and_then(|pair| pairs.get(&pair))
                    .filter(|(compound, count)| *count <= texts_with[*compound as usize]);
                if let Some((compound, _)) = compound {
                    united.push(*compound);
                    rest = after.get(1..).unwrap_or_default();
                } else if let Some(((left, right), _)) = splits.get(word) {
                    united.extend([*left, *right]);
                } else {
                    united.push(*word);
                }
            }
            *text = united;
        });
        self.count_texts();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bags(texts: &[&str]) -> Vec<Vec<u32>> {
        Vocabulary::of(texts).bags
    }

    #[test]
    fn word_order_and_number_do_not_matter() {
        let found = bags(&["symptom of menopause", "menopause symptoms of"]);
        assert_eq!(found[0], found[1]);
    }

    #[test]
    fn compounds_follow_the_commoner_spelling() {
        let found = bags(&[
            "hot flashes",
            "hot flashes cause",
            "hotflashes",
            "perimenopause",
            "perimenopause age",
            "peri menopause",
        ]);
        assert_eq!(found[0], found[2]);
        assert_eq!(found[0].len(), 2);
        assert_eq!(found[3], found[5]);
        assert_eq!(found[3].len(), 1);
    }

    #[test]
    fn terms_are_shown_in_their_commonest_form() {
        let vocabulary = Vocabulary::of(&["night sweats", "sweats at night", "sweating"]);
        let shown: Vec<&str> = vocabulary.terms.iter().map(|term| term.readable.as_str()).collect();
        assert!(shown.contains(&"sweats"), "{shown:?}");
    }
}
