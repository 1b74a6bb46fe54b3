//! The middle of some texts: the direction they have in common, and how near to it one is.

use super::matrix::{Total, dot, normalise, totals};

/// The mean direction of some texts' rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Centre {
    /// Of length 1; empty where the texts say nothing.
    direction: Vec<(u32, f32)>,
    /// Length of the rows' sum.
    length: f32,
}

impl Centre {
    /// The centre of these rows, whatever their order.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a [(u32, f32)]>) -> Self {
        Self::of_totals(&totals(rows))
    }

    /// The same of rows that were summed already.
    pub(super) fn of_totals(totals: &[Total]) -> Self {
        let mut direction: Vec<(u32, f32)> =
            totals.iter().map(|total| (total.column, total.weight)).collect();
        let length = direction.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        normalise(&mut direction);
        Self { direction, length }
    }

    /// The direction, terms ascending.
    pub(super) fn direction(&self) -> &[(u32, f32)] {
        &self.direction
    }

    /// Cosine of a row to the centre.
    pub(super) fn nearness(&self, row: &[(u32, f32)]) -> f32 {
        dot(row, &self.direction)
    }

    /// Cosine of a member's row to the centre of the others, since a member of few is near to itself; 0 when it is alone.
    pub(super) fn nearness_to_others(&self, member: &[(u32, f32)]) -> f32 {
        let along = self.length * self.nearness(member);
        let rest = (self.length * self.length - 2.0 * along + 1.0).max(0.0).sqrt();
        if rest < 1e-3 { 0.0 } else { (along - 1.0) / rest }
    }

    /// Mean cosine of these rows to the centre, 0 to 1.
    pub(super) fn cohesion<'a>(&self, rows: impl Iterator<Item = &'a [(u32, f32)]>) -> f32 {
        let mut cosines: Vec<f32> = rows.map(|row| self.nearness(row)).collect();
        // Sums of floats depend on their order, and the order of the input must not matter.
        cosines.sort_unstable_by(f32::total_cmp);
        (cosines.iter().sum::<f32>() / cosines.len().max(1) as f32).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_compared_to_the_others() {
        let rows: [&[(u32, f32)]; 3] = [&[(0, 1.0)], &[(0, 1.0)], &[(1, 1.0)]];
        let centre = Centre::of(rows.into_iter());
        assert!((centre.nearness_to_others(rows[0]) - 0.5_f32.sqrt()).abs() < 1e-4);
        assert!(centre.nearness(rows[2]) > 0.4 && centre.nearness_to_others(rows[2]).abs() < 1e-4);
        assert!(Centre::of(rows[..1].iter().copied()).nearness_to_others(rows[0]).abs() < 1e-6);
    }

    #[test]
    fn nothing_is_near_to_nothing() {
        let centre = Centre::of(std::iter::empty());
        assert_eq!((centre.nearness(&[(0, 1.0)]), centre.cohesion(std::iter::empty())), (0.0, 0.0));
    }
}
