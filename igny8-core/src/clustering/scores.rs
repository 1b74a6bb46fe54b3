//! How well a clustering agrees with a labelling known to be right: the adjusted
//! Rand index and (adjusted) mutual information, as scikit-learn defines them.

use std::collections::BTreeMap;

/// How often each pair of (label, cluster) occurs, and each label and cluster alone.
struct Contingency {
    /// Places of label and cluster in `rows` and `columns`, with the items that have both.
    cells: Vec<((usize, usize), f64)>,
    /// Items of each label.
    rows: Vec<f64>,
    /// Items of each cluster.
    columns: Vec<f64>,
    /// Items in all.
    total: f64,
}

/// Adjusted Rand index of two partitions of the same items: 1 for equal ones, about 0 for
/// unrelated ones. Items beyond the shorter slice are ignored; no items count as equal.
#[must_use]
pub fn adjusted_rand_index(truth: &[usize], found: &[usize]) -> f64 {
    let table = Contingency::of(truth, found);
    let pairs = |counts: &mut dyn Iterator<Item = f64>| counts.map(|n| n * (n - 1.0) / 2.0).sum::<f64>();
    let together = pairs(&mut table.cells.iter().map(|(_, n)| *n));
    let in_truth = pairs(&mut table.rows.iter().copied());
    let in_found = pairs(&mut table.columns.iter().copied());
    let all = table.total * (table.total - 1.0) / 2.0;
    let expected = if all > 0.0 { in_truth * in_found / all } else { 0.0 };
    let highest = f64::midpoint(in_truth, in_found);
    if (highest - expected).abs() < f64::EPSILON { 1.0 } else { (together - expected) / (highest - expected) }
}

/// Normalised mutual information (arithmetic mean of the entropies), 0 to 1.
#[must_use]
pub fn normalized_mutual_information(truth: &[usize], found: &[usize]) -> f64 {
    let table = Contingency::of(truth, found);
    let mean = f64::midpoint(entropy(&table.rows, table.total), entropy(&table.columns, table.total));
    if mean <= 0.0 { 1.0 } else { table.mutual_information() / mean }
}

/// Mutual information adjusted for chance (arithmetic mean), at most 1, about 0 for unrelated partitions.
#[must_use]
pub fn adjusted_mutual_information(truth: &[usize], found: &[usize]) -> f64 {
    let table = Contingency::of(truth, found);
    let mean = f64::midpoint(entropy(&table.rows, table.total), entropy(&table.columns, table.total));
    if mean <= 0.0 {
        return 1.0;
    }
    let expected = table.expected_mutual_information();
    let room = mean - expected;
    let gain = table.mutual_information() - expected;
    if room.abs() < f64::EPSILON { 1.0 } else { gain / room }
}

impl Contingency {
    /// Counts the items that both slices have.
    fn of(truth: &[usize], found: &[usize]) -> Self {
        let mut cells: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        let mut rows: BTreeMap<usize, f64> = BTreeMap::new();
        let mut columns: BTreeMap<usize, f64> = BTreeMap::new();
        let mut total = 0.0;
        for (row, column) in truth.iter().zip(found) {
            *cells.entry((*row, *column)).or_default() += 1.0;
            *rows.entry(*row).or_default() += 1.0;
            *columns.entry(*column).or_default() += 1.0;
            total += 1.0;
        }
        let place =
            |ids: &BTreeMap<usize, f64>| -> BTreeMap<usize, usize> { ids.keys().copied().zip(0..).collect() };
        let (row_places, column_places) = (place(&rows), place(&columns));
        let cells = cells
            .into_iter()
            .filter_map(|((row, column), n)| {
                Some(((*row_places.get(&row)?, *column_places.get(&column)?), n))
            })
            .collect();
        Self { cells, rows: rows.into_values().collect(), columns: columns.into_values().collect(), total }
    }

    /// Mutual information of labels and clusters, in nats.
    fn mutual_information(&self) -> f64 {
        self.cells
            .iter()
            .map(|((row, column), n)| {
                n / self.total * (n * self.total / (self.rows[*row] * self.columns[*column])).ln()
            })
            .sum()
    }

    /// Mutual information expected of random partitions with these sizes (hypergeometric).
    fn expected_mutual_information(&self) -> f64 {
        let factorials = ln_factorials(self.total);
        let ln_factorial = |n: f64| factorials.get(n.max(0.0) as usize).copied().unwrap_or(0.0);
        let (rows, columns) = (sizes(&self.rows), sizes(&self.columns));
        let mut expected = 0.0;
        for (row, row_times) in &rows {
            for (column, column_times) in &columns {
                let fixed = ln_factorial(*row)
                    + ln_factorial(*column)
                    + ln_factorial(self.total - row)
                    + ln_factorial(self.total - column)
                    - ln_factorial(self.total);
                let mut both = (row + column - self.total).max(1.0);
                let mut sum = 0.0;
                while both <= row.min(*column) {
                    let ways = fixed
                        - ln_factorial(both)
                        - ln_factorial(row - both)
                        - ln_factorial(column - both)
                        - ln_factorial(self.total - row - column + both);
                    sum += both / self.total * (self.total * both / (row * column)).ln() * ways.exp();
                    both += 1.0;
                }
                expected += row_times * column_times * sum;
            }
        }
        expected
    }
}

/// Each distinct size with the number of times it occurs: thousands of singletons cost one pass.
fn sizes(counts: &[f64]) -> Vec<(f64, f64)> {
    let mut sorted = counts.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut runs: Vec<(f64, f64)> = Vec::new();
    for size in sorted {
        match runs.last_mut() {
            Some((last, times)) if (*last - size).abs() < 0.5 => *times += 1.0,
            _ => runs.push((size, 1.0)),
        }
    }
    runs
}

/// Natural logarithms of the factorials of 0 to `largest`.
fn ln_factorials(largest: f64) -> Vec<f64> {
    let mut table = vec![0.0];
    let mut sum = 0.0;
    let mut n = 1.0;
    while n <= largest {
        sum += f64::ln(n);
        table.push(sum);
        n += 1.0;
    }
    table
}

/// Entropy of a partition into sets of these sizes, in nats.
fn entropy(counts: &[f64], total: f64) -> f64 {
    counts.iter().map(|n| -(n / total) * (n / total).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn equal_partitions_score_one_whatever_the_ids() {
        let (a, b) = ([0, 0, 1, 1, 2], [7, 7, 3, 3, 9]);
        close(adjusted_rand_index(&a, &b), 1.0);
        close(normalized_mutual_information(&a, &b), 1.0);
        close(adjusted_mutual_information(&a, &b), 1.0);
    }

    /// By hand for {0,0,1,1} against {0,0,1,2}: 1 pair together in both, 2 and 1 pairs, 6 in all:
    /// ARI = (1 - 2/6) / (1.5 - 2/6) = 4/7. MI = ln 2, entropies ln 2 and 1.5 ln 2: NMI = 0.8.
    /// EMI: a row of 2 against the column of 2 has overlap 1 in 4 of 6 draws (ln 1 = 0) and 2 in 1 of 6
    /// (0.5 ln 2), against each column of 1 overlap 1 in half (0.25 ln 2): per row ln 2 / 12 + ln 2 / 4,
    /// for both rows 2/3 ln 2: AMI = (1 - 2/3) / (1.25 - 2/3) = 4/7.
    #[test]
    fn scores_match_a_calculation_by_hand() {
        let (truth, found) = ([0, 0, 1, 1], [0, 0, 1, 2]);
        close(adjusted_rand_index(&truth, &found), 4.0 / 7.0);
        close(normalized_mutual_information(&truth, &found), 0.8);
        close(adjusted_mutual_information(&truth, &found), 4.0 / 7.0);
    }

    #[test]
    fn unrelated_partitions_score_nothing() {
        let (truth, found) = ([0, 0, 1, 1], [0, 1, 0, 1]);
        close(adjusted_rand_index(&truth, &found), -0.5);
        close(normalized_mutual_information(&truth, &found), 0.0);
        close(adjusted_mutual_information(&truth, &found), -0.5);
    }

    #[test]
    fn nothing_to_compare_is_agreement() {
        close(adjusted_rand_index(&[], &[]), 1.0);
        close(normalized_mutual_information(&[], &[]), 1.0);
        close(adjusted_mutual_information(&[], &[]), 1.0);
    }
}
