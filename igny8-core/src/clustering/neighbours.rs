//! Finds each keyword's nearest neighbours without comparing all pairs: candidates
//! come from an inverted index within a budget, and only the best are compared in full.

use rayon::prelude::*;

use super::latent::LatentSpace;
use super::matrix::{SparseMatrix, dot};

/// Neighbours kept for each text.
const NEIGHBOURS: usize = 15;
/// Postings read for one text, rarest term first. This bounds the time for a text
/// however large the list is; what is left unread are its commonest words.
const POSTINGS_READ: usize = 5_000;
/// Candidates compared in full.
const COMPARED: usize = 150;
/// Share of the latent topics in a similarity; the words themselves have the rest.
const LATENT_SHARE: f32 = 0.25;
/// Lowest similarity that makes two texts neighbours. Below it, they share a common word at most.
const LEAST_SIMILARITY: f32 = 0.15;

/// What one thread needs to score candidates, reused from text to text.
struct Scoreboard {
    /// By text; 0 for those not in `scored`.
    scores: Vec<f32>,
    /// The texts that share a word with the current one.
    scored: Vec<u32>,
}

/// For each text of `of` up to [`NEIGHBOURS`] others with their similarity (0 to 1), nearest first.
/// `postings` is the transpose of `texts`.
pub(super) fn nearest(
    texts: &SparseMatrix,
    postings: &SparseMatrix,
    space: &LatentSpace,
    of: &[u32],
) -> Vec<Vec<(u32, f32)>> {
    of.par_iter()
        .map_init(
            || Scoreboard { scores: vec![0.0; texts.len()], scored: Vec::new() },
            |board, text| {
                let text = *text as usize;
                let mut near = board.candidates(text, texts, postings);
                for (other, similarity) in &mut near {
                    let other = *other as usize;
                    let words = dot(texts.row(text), texts.row(other));
                    let topics = space.similarity(text, other).max(0.0);
                    *similarity = (1.0 - LATENT_SHARE) * words + LATENT_SHARE * topics;
                }
                near.retain(|(_, similarity)| *similarity >= LEAST_SIMILARITY);
                near.sort_unstable_by(nearer);
                near.truncate(NEIGHBOURS);
                near
            },
        )
        .collect()
}

impl Scoreboard {
    /// Texts that share the rarer words of `text`, those that share most.
    fn candidates(&mut self, text: usize, texts: &SparseMatrix, postings: &SparseMatrix) -> Vec<(u32, f32)> {
        let mut terms: Vec<(usize, u32, f32)> = texts
            .row(text)
            .iter()
            .map(|(term, weight)| (postings.row(*term as usize).len(), *term, *weight))
            .collect();
        terms.sort_unstable_by_key(|(length, term, _)| (*length, *term));
        let mut left = POSTINGS_READ;
        for (length, term, weight) in terms {
            if length > left && left < POSTINGS_READ {
                break;
            }
            let read = length.min(left);
            left -= read;
            for (other, other_weight) in postings.row(term as usize).iter().take(read) {
                let score = &mut self.scores[*other as usize];
                if *score == 0.0 {
                    self.scored.push(*other);
                }
                *score += weight * other_weight;
            }
        }
        let mut candidates = Vec::with_capacity(self.scored.len());
        for other in self.scored.drain(..) {
            let score = std::mem::take(&mut self.scores[other as usize]);
            if other as usize != text {
                candidates.push((other, score));
            }
        }
        if candidates.len() > COMPARED {
            candidates.select_nth_unstable_by(COMPARED, nearer);
            candidates.truncate(COMPARED);
        }
        candidates
    }
}

/// The more similar first; of equally similar ones the lower index.
fn nearer(a: &(u32, f32), b: &(u32, f32)) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_that_shares_most_is_nearest() {
        let rows = vec![
            vec![(0, 0.8), (1, 0.6)],
            vec![(0, 0.6), (1, 0.8)],
            vec![(0, 0.6), (2, 0.8)],
            vec![(3, 1.0)],
            vec![],
        ];
        let texts = SparseMatrix::from_rows(rows, 4);
        let postings = texts.transposed();
        let near = nearest(&texts, &postings, &LatentSpace::of(&texts, &postings), &[0, 1, 2, 3, 4]);
        assert_eq!(near[0].first().map(|(other, _)| *other), Some(1));
        assert!(near[3].is_empty() && near[4].is_empty());
    }
}
