//! Latent topics: places each text in a few dozen dimensions spanned by the words
//! that occur together in this very corpus, so that texts without a common word
//! can be near ("card arrival", "delivery of my card"). Needs no trained model.

use rayon::prelude::*;

use super::matrix::SparseMatrix;

/// Rounds of subspace iteration: enough to part directions whose strengths differ by a fifth.
const ROUNDS: usize = 8;
/// Most dimensions: fewer blur topics, many more tell apart what should be near.
const DIMENSIONS: usize = 30;
/// What is left of a column's squared length without the columns before it, below which it depends on them.
const DEPENDENT: f64 = 1e-9;

/// Texts as unit vectors in the latent space, row-major.
#[derive(Debug, Clone)]
pub(super) struct LatentSpace {
    /// Numbers in a place.
    dimensions: usize,
    /// The texts' places, one after the other.
    places: Vec<f32>,
}

impl LatentSpace {
    /// The span of the strongest directions of `texts` (rows of weighted terms), found by subspace
    /// iteration. `postings` is its transpose.
    pub(super) fn of(texts: &SparseMatrix, postings: &SparseMatrix) -> Self {
        Self::with(texts, postings, DIMENSIONS)
    }

    /// The same with at most so many `dimensions`.
    fn with(texts: &SparseMatrix, postings: &SparseMatrix, dimensions: usize) -> Self {
        let dimensions = dimensions.min(texts.columns()).min(texts.len());
        if dimensions == 0 {
            return Self { dimensions, places: Vec::new() };
        }
        let mut basis: Vec<f32> = (0..texts.columns() * dimensions).map(scatter).collect();
        orthonormalise(&mut basis, dimensions);
        for _ in 0..ROUNDS {
            let projected = product(texts, &basis, dimensions);
            basis = product(postings, &projected, dimensions);
            orthonormalise(&mut basis, dimensions);
        }
        // Coordinates in any orthonormal basis of the subspace have the same dot
        // products as those along singular vectors, so none are computed.
        let mut places = product(texts, &basis, dimensions);
        for place in places.chunks_mut(dimensions) {
            let length = place.iter().map(|x| x * x).sum::<f32>().sqrt();
            if length > 0.0 {
                for x in place {
                    *x /= length;
                }
            }
        }
        Self { dimensions, places }
    }

    /// Cosine of two texts, -1 to 1.
    pub(super) fn similarity(&self, a: usize, b: usize) -> f32 {
        self.place(a).iter().zip(self.place(b)).map(|(x, y)| x * y).sum()
    }

    /// Coordinates of one text: length 1, or 0 for a text outside the space.
    fn place(&self, text: usize) -> &[f32] {
        &self.places[text * self.dimensions..(text + 1) * self.dimensions]
    }
}

/// `matrix` times a dense row-major matrix of `width` columns.
fn product(matrix: &SparseMatrix, dense: &[f32], width: usize) -> Vec<f32> {
    let mut out = vec![0.0; matrix.len() * width];
    out.par_chunks_mut(width).enumerate().for_each(|(row, sums)| {
        for (column, weight) in matrix.row(row) {
            let from = *column as usize * width;
            for (sum, x) in sums.iter_mut().zip(&dense[from..from + width]) {
                *sum += weight * x;
            }
        }
    });
    out
}

/// Makes the columns orthonormal through the Cholesky factor of their Gram matrix:
/// two passes over the rows instead of one per pair of columns. Columns that depend
/// on earlier ones become zero.
fn orthonormalise(dense: &mut [f32], width: usize) {
    let mut gram = vec![0.0_f64; width * width];
    for row in dense.chunks(width) {
        for (i, x) in row.iter().enumerate() {
            for (sum, y) in gram[i * width..].iter_mut().zip(&row[..=i]) {
                *sum += f64::from(*x) * f64::from(*y);
            }
        }
    }
    // Gram = L Lᵀ, in place; only the lower triangle is used.
    for j in 0..width {
        for i in j..width {
            let dot: f64 = (0..j).map(|k| gram[i * width + k] * gram[j * width + k]).sum();
            let rest = gram[i * width + j] - dot;
            gram[i * width + j] = if i == j {
                if rest > DEPENDENT { rest.sqrt() } else { 0.0 }
            } else if gram[j * width + j] > 0.0 {
                rest / gram[j * width + j]
            } else {
                0.0
            };
        }
    }
    // Each row solves x Lᵀ = row.
    dense.par_chunks_mut(width).for_each(|row| {
        for i in 0..width {
            let pivot = gram[i * width + i];
            let dot: f64 = (0..i).map(|k| gram[i * width + k] * f64::from(row[k])).sum();
            row[i] = if pivot > 0.0 { ((f64::from(row[i]) - dot) / pivot) as f32 } else { 0.0 };
        }
    });
}

/// A number in -1..1 that depends on `seed` only (`SplitMix64`).
fn scatter(seed: usize) -> f32 {
    let mut z = (seed as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_common_company_bring_texts_together() {
        // Terms: 0 arrive, 1 deliver, 2 card, 3 pin, 4 block. "arrive" and "deliver" never meet, but both meet "card".
        let rows: Vec<Vec<(u32, f32)>> = vec![
            vec![(0, 0.8), (2, 0.6)],
            vec![(1, 0.8), (2, 0.6)],
            vec![(0, 1.0)],
            vec![(1, 1.0)],
            vec![(3, 0.7), (4, 0.7)],
            vec![(4, 1.0)],
            vec![(3, 1.0)],
            vec![(3, 0.7), (4, 0.7)],
        ];
        let texts = SparseMatrix::from_rows(rows, 5);
        let space = LatentSpace::with(&texts, &texts.transposed(), 2);
        assert!(space.similarity(2, 3) > 0.9);
        assert!(space.similarity(2, 5).abs() < 0.1);
    }

    #[test]
    fn more_dimensions_than_data_are_harmless() {
        let texts = SparseMatrix::from_rows([vec![(0, 1.0)], vec![(0, 1.0)], vec![]], 1);
        let space = LatentSpace::of(&texts, &texts.transposed());
        assert!((space.similarity(0, 1) - 1.0).abs() < 1e-5);
        assert!(space.similarity(0, 2).abs() < 1e-5);
    }
}
