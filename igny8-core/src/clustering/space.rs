//! A keyword list as weighted terms: its distinct keywords as rows, with the index and the topics that finding what is
//! alike needs.

use std::collections::HashMap;

use super::latent::LatentSpace;
use super::matrix::SparseMatrix;
use super::neighbours;
use super::vocabulary::Vocabulary;
use super::weighting::weigh;

/// A keyword list in terms.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) vocabulary: Vocabulary,
    /// For each keyword its row.
    pub(super) row_of: Vec<u32>,
    /// Unit vectors of term weights, one for each distinct bag of terms; empty where nothing is said.
    pub(super) rows: SparseMatrix,
    /// Each term's rows.
    pub(super) postings: SparseMatrix,
    latent: LatentSpace,
}

impl Space {
    /// Reads a list; what it says of each keyword depends on the set of them, not on their order.
    pub(super) fn of(texts: &[&str]) -> Self {
        let vocabulary = Vocabulary::of(texts);
        let (bags, row_of) = distinct(&vocabulary.bags);
        let rows = weigh(&vocabulary, &bags);
        let postings = rows.transposed();
        let latent = LatentSpace::of(&rows, &postings);
        Self { vocabulary, row_of, rows, postings, latent }
    }

    /// The nearest neighbours of some rows, with their similarities (0 to 1), nearest first.
    pub(super) fn nearest(&self, of: &[u32]) -> Vec<Vec<(u32, f32)>> {
        neighbours::nearest(&self.rows, &self.postings, &self.latent, of)
    }

    /// The row of one keyword.
    pub(super) fn row(&self, text: usize) -> &[(u32, f32)] {
        self.rows.row(self.row_of[text] as usize)
    }
}

/// The distinct bags in an order that depends on their content only, and for each input the place of its bag.
fn distinct(bags: &[Vec<u32>]) -> (Vec<&[u32]>, Vec<u32>) {
    let mut sorted: Vec<&[u32]> = bags.iter().map(Vec::as_slice).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let places: HashMap<&[u32], u32> = sorted.iter().copied().zip(0_u32..).collect();
    let row_of = bags.iter().filter_map(|bag| places.get(bag.as_slice()).copied()).collect();
    (sorted, row_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_bags_are_found_again_whatever_the_order() {
        let bags = vec![vec![1, 2], vec![], vec![1, 2], vec![7]];
        let (found, row_of) = distinct(&bags);
        assert_eq!(found.len(), 3);
        for (bag, row) in bags.iter().zip(&row_of) {
            assert_eq!(found[*row as usize], bag);
        }
        let reversed: Vec<Vec<u32>> = bags.iter().rev().cloned().collect();
        assert_eq!(distinct(&reversed).0, found);
    }
}
