//! Weighs the terms of each keyword by how much they say about its topic: damped
//! TF-IDF, with the words of lesser roles taken down.

use super::language::Role;
use super::matrix::{SparseMatrix, normalise};
use super::vocabulary::Vocabulary;

/// Weight of a framing word relative to a topic word as rare: enough to tell "why was
/// my card declined" from "how do I decline", too little to gather keywords by "how".
const FRAMING: f32 = 0.6;
/// Weight of a grammar word, likewise; there are some only where a keyword has no other words.
const GRAMMAR: f32 = 0.1;

/// One row of length 1 for each of `bags` (ascending term ids, repeats kept); empty bags give empty rows.
pub(super) fn weigh(vocabulary: &Vocabulary, bags: &[&[u32]]) -> SparseMatrix {
    let mut texts_with = vec![0_u32; vocabulary.terms.len()];
    for (term, _) in bags.iter().flat_map(|bag| counted(bag)) {
        texts_with[term as usize] += 1;
    }
    let texts = bags.len() as f32;
    let weights: Vec<f32> = texts_with
        .iter()
        .zip(&vocabulary.terms)
        .map(|(with, term)| {
            // The root keeps a word that three texts have from outweighing everything else they say.
            let rarity = (((1.0 + texts) / (1.0 + *with as f32)).ln() + 1.0).sqrt();
            match term.role {
                Role::Topic => rarity,
                Role::Framing => rarity * FRAMING,
                Role::Grammar => rarity * GRAMMAR,
            }
        })
        .collect();
    let rows = bags.iter().map(|bag| {
        let mut row: Vec<(u32, f32)> =
            counted(bag).map(|(term, times)| (term, weights[term as usize] * (1.0 + times.ln()))).collect();
        normalise(&mut row);
        row
    });
    SparseMatrix::from_rows(rows, vocabulary.terms.len())
}

/// Each distinct term of a bag with the times it occurs.
fn counted(bag: &[u32]) -> impl Iterator<Item = (u32, f32)> {
    bag.chunk_by(|a, b| a == b).filter_map(|run| Some((*run.first()?, run.len() as f32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_outweigh_framing() {
        let vocabulary = Vocabulary::of(&["how is the weather", "weather"]);
        let bags: Vec<&[u32]> = vocabulary.bags.iter().map(Vec::as_slice).collect();
        let rows = weigh(&vocabulary, &bags);
        let mut by_weight: Vec<(u32, f32)> = rows.row(0).to_vec();
        by_weight.sort_by(|a, b| b.1.total_cmp(&a.1));
        let words: Vec<&str> =
            by_weight.iter().map(|(term, _)| vocabulary.terms[*term as usize].readable.as_str()).collect();
        assert_eq!(words, ["weather", "how"]);
        let length: f32 = by_weight.iter().map(|(_, weight)| weight * weight).sum();
        assert!((length - 1.0).abs() < 1e-5);
    }
}
