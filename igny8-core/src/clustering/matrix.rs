//! Sparse rows of weighted terms, and the operations clustering needs on them:
//! transposition, dot products, sums and unit length.

/// Rows of (column, weight) pairs in one allocation; columns ascend within a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct SparseMatrix {
    /// Where each row's entries begin, and where the last one's end.
    starts: Vec<usize>,
    /// Column and weight, by row.
    entries: Vec<(u32, f32)>,
    /// Number of columns.
    columns: usize,
}

impl SparseMatrix {
    /// A matrix of these rows; every column index is below `columns`.
    pub(super) fn from_rows(rows: impl IntoIterator<Item = Vec<(u32, f32)>>, columns: usize) -> Self {
        let mut starts = vec![0];
        let mut entries = Vec::new();
        for row in rows {
            entries.extend(row);
            starts.push(entries.len());
        }
        Self { starts, entries, columns }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Number of columns.
    pub(super) const fn columns(&self) -> usize {
        self.columns
    }

    /// The entries of one row.
    pub(super) fn row(&self, row: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[row]..self.starts[row + 1]]
    }

    /// All rows in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[(u32, f32)]> {
        self.starts.windows(2).map(|bounds| &self.entries[bounds[0]..bounds[1]])
    }

    /// Columns as rows: for terms by text, the postings of each term, texts ascending.
    pub(super) fn transposed(&self) -> Self {
        let mut starts = vec![0; self.columns + 1];
        for (column, _) in &self.entries {
            starts[*column as usize + 1] += 1;
        }
        for column in 0..self.columns {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); self.entries.len()];
        for (row, columns) in (0_u32..).zip(self.rows()) {
            for (column, weight) in columns {
                let place = &mut next[*column as usize];
                entries[*place] = (row, *weight);
                *place += 1;
            }
        }
        Self { starts, entries, columns: self.len() }
    }
}

/// Scales to length 1; a row of zeros stays.
pub(super) fn normalise(row: &mut [(u32, f32)]) {
    let length = row.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    if length > 0.0 {
        for (_, weight) in row {
            *weight /= length;
        }
    }
}

/// What some rows have in one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Total {
    /// The column's index.
    pub(super) column: u32,
    /// Sum of the rows' weights.
    pub(super) weight: f32,
    /// Number of rows that have the column.
    pub(super) rows: usize,
}

/// Sums `rows` by column, columns ascending. The outcome does not depend on the rows' order.
pub(super) fn totals<'a>(rows: impl Iterator<Item = &'a [(u32, f32)]>) -> Vec<Total> {
    let mut entries: Vec<(u32, f32)> = rows.flatten().copied().collect();
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let runs = entries.chunk_by(|a, b| a.0 == b.0);
    runs.filter_map(|run| {
        let (column, _) = *run.first()?;
        Some(Total { column, weight: run.iter().map(|(_, weight)| weight).sum(), rows: run.len() })
    })
    .collect()
}

/// Dot product of two rows with ascending columns.
pub(super) fn dot(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut sum = 0.0;
    while let (Some((left, x)), Some((right, y))) = (a.peek(), b.peek()) {
        if left == right {
            sum += x * y;
        }
        let (step_a, step_b) = (left <= right, right <= left);
        if step_a {
            a.next();
        }
        if step_b {
            b.next();
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_twice_is_nothing() {
        let matrix = SparseMatrix::from_rows([vec![(0, 1.0), (2, 2.0)], vec![], vec![(2, 3.0)]], 4);
        assert_eq!(matrix.transposed().row(2), [(0, 2.0), (2, 3.0)]);
        assert_eq!(matrix.transposed().transposed(), matrix);
    }

    #[test]
    fn totals_sum_by_column() {
        let rows: [&[(u32, f32)]; 2] = [&[(1, 2.0), (3, 1.0)], &[(0, 9.0), (1, 4.0)]];
        let expected = [(0, 9.0, 1), (1, 6.0, 2), (3, 1.0, 1)].map(|(column, weight, rows)| Total {
            column,
            weight,
            rows,
        });
        assert_eq!(totals(rows.into_iter()), expected);
    }

    #[test]
    fn dot_counts_shared_columns_only() {
        assert!((dot(&[(1, 2.0), (3, 1.0)], &[(0, 9.0), (1, 4.0)]) - 8.0).abs() < 1e-6);
    }
}
