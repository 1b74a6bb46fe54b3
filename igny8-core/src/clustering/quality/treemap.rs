//! A squarified treemap: rectangles whose areas are given, filling one rectangle, each as near to a square as it goes
//! (Bruls, Huizing, van Wijk 2000).

/// A rectangle, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tile {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Divides `whole` by `weights`, which descend and are above 0; the tiles are in their order.
pub(super) fn tiles(weights: &[f64], whole: Tile) -> Vec<Tile> {
    let total: f64 = weights.iter().sum();
    let scale = if total > 0.0 { whole.width * whole.height / total } else { 0.0 };
    let areas: Vec<f64> = weights.iter().map(|weight| weight * scale).collect();
    let mut tiles = Vec::with_capacity(areas.len());
    let mut left = whole;
    let mut start = 0;
    while start < areas.len() {
        let side = left.width.min(left.height);
        let mut end = start + 1;
        while end < areas.len() && worst(&areas[start..=end], side) <= worst(&areas[start..end], side) {
            end += 1;
        }
        left = place(&areas[start..end], left, &mut tiles);
        start = end;
    }
    tiles
}

/// The largest ratio of sides in a row of these areas along `side`.
fn worst(row: &[f64], side: f64) -> f64 {
    let sum: f64 = row.iter().sum();
    let thickness = sum / side.max(f64::MIN_POSITIVE);
    row.iter()
        .map(|area| {
            let length = area / thickness.max(f64::MIN_POSITIVE);
            (length / thickness).max(thickness / length)
        })
        .fold(0.0, f64::max)
}

/// Lays a row along the shorter side of what is left; answers what is left then.
fn place(row: &[f64], left: Tile, tiles: &mut Vec<Tile>) -> Tile {
    let sum: f64 = row.iter().sum();
    let upright = left.width >= left.height;
    let side = if upright { left.height } else { left.width };
    let thickness = if side > 0.0 { sum / side } else { 0.0 };
    let mut along = 0.0;
    for area in row {
        let length = if thickness > 0.0 { area / thickness } else { 0.0 };
        tiles.push(if upright {
            Tile { x: left.x, y: left.y + along, width: thickness, height: length }
        } else {
            Tile { x: left.x + along, y: left.y, width: length, height: thickness }
        });
        along += length;
    }
    if upright {
        Tile { x: left.x + thickness, width: (left.width - thickness).max(0.0), ..left }
    } else {
        Tile { y: left.y + thickness, height: (left.height - thickness).max(0.0), ..left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Tile = Tile { x: 0.0, y: 0.0, width: 600.0, height: 400.0 };

    #[test]
    fn areas_are_as_given_and_nothing_sticks_out() {
        let weights = [6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0];
        let found = tiles(&weights, WHOLE);
        assert_eq!(found.len(), weights.len());
        for (tile, weight) in found.iter().zip(weights) {
            assert!((tile.width * tile.height - weight * 10_000.0).abs() < 1e-6, "{tile:?}");
            assert!(tile.x >= 0.0 && tile.x + tile.width <= 600.0 + 1e-6, "{tile:?}");
            assert!(tile.y >= 0.0 && tile.y + tile.height <= 400.0 + 1e-6, "{tile:?}");
            assert!((tile.width / tile.height).max(tile.height / tile.width) < 3.5, "{tile:?}");
        }
        for (at, one) in found.iter().enumerate() {
            for other in &found[at + 1..] {
                let wide = (one.x + one.width).min(other.x + other.width) - one.x.max(other.x);
                let high = (one.y + one.height).min(other.y + other.height) - one.y.max(other.y);
                assert!(wide < 1e-6 || high < 1e-6, "{one:?} and {other:?} overlap");
            }
        }
    }

    #[test]
    fn one_takes_all_and_none_take_nothing() {
        let one = tiles(&[7.0], WHOLE);
        assert_eq!(one.len(), 1);
        assert!((one[0].width - 600.0).abs() < 1e-6 && (one[0].height - 400.0).abs() < 1e-6, "{one:?}");
        assert!(tiles(&[], WHOLE).is_empty());
    }
}
