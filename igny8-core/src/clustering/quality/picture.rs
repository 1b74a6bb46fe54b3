//! The clusters as a picture: a treemap in SVG, areas by searches, colours by cohesion.

use super::ClusterQuality;
use super::page::count;
use super::treemap::{Tile, tiles};
use crate::article::escape;

/// Clusters with a tile of their own; the others share one.
const TILES: usize = 120;
/// The picture's sides, in units of its own.
const WHOLE: Tile = Tile { x: 0.0, y: 0.0, width: 1200.0, height: 620.0 };
/// Upper bounds of the first cohesion classes, which are coloured from loose to close.
const COHESION_CLASSES: [(f32, &str); 4] =
    [(0.35, "below 0.35"), (0.45, "0.35–0.45"), (0.55, "0.45–0.55"), (0.7, "0.55–0.70")];
/// The last class.
const CLOSEST: &str = "0.70 and more";
/// Width of a character of a label, as a share of its size.
const CHARACTER: f64 = 0.64;

/// What one tile stands for.
struct Entry {
    weight: u64,
    class: String,
    name: String,
    told: String,
}

/// A section with the picture: by searches where any are known, else by keywords.
pub(super) fn picture(clusters: &[ClusterQuality]) -> String {
    let searched = clusters.iter().any(|cluster| cluster.volume > 0);
    let weight = |cluster: &ClusterQuality| if searched { cluster.volume } else { cluster.keywords };
    let mut shown: Vec<&ClusterQuality> = clusters.iter().filter(|cluster| weight(cluster) > 0).collect();
    shown.sort_by_key(|cluster| std::cmp::Reverse(weight(cluster)));
    let others = shown.split_off(shown.len().min(TILES));
    let mut entries: Vec<Entry> =
        shown.into_iter().map(|cluster| Entry::of(cluster, weight(cluster))).collect();
    if !others.is_empty() {
        let others = Entry::of_others(others.len(), others.iter().map(|cluster| weight(cluster)).sum());
        entries.insert(entries.partition_point(|entry| entry.weight >= others.weight), others);
    }
    let weights: Vec<f64> = entries.iter().map(|entry| entry.weight as f64).collect();
    let drawn: String =
        tiles(&weights, WHOLE).into_iter().zip(&entries).map(|(tile, entry)| entry.draw(tile)).collect();
    let classes = COHESION_CLASSES.iter().map(|(_, words)| *words).chain([CLOSEST]);
    let legend: String = classes
        .enumerate()
        .map(|(class, words)| format!("<li><i class=\"c{class}\"></i>{words}</li>"))
        .collect();
    let what = if searched { "searches a month" } else { "keywords" };
    format!(
        "<section><h2>The clusters</h2><p>Each tile is a cluster; its area is its {what}, its colour how much its \
         keywords have in common.</p>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Treemap of the clusters \
         by {what}\">\n{drawn}</svg>\n<ul class=\"legend\"><li>Cohesion:</li>{legend}</ul></section>\n",
        WHOLE.width, WHOLE.height
    )
}

impl Entry {
    fn of(cluster: &ClusterQuality, weight: u64) -> Self {
        let class = COHESION_CLASSES.iter().take_while(|(bound, _)| cluster.cohesion >= *bound).count();
        let told = format!(
            "{}: {} keywords, {} searches a month, cohesion {:.2}",
            cluster.name,
            count(cluster.keywords),
            count(cluster.volume),
            cluster.cohesion
        );
        Self { weight, class: format!("c{class}"), name: cluster.name.clone(), told }
    }

    fn of_others(clusters: usize, weight: u64) -> Self {
        let name = format!("{} smaller clusters", count(clusters as u64));
        Self { weight, class: "others".to_owned(), told: name.clone(), name }
    }

    /// The tile with as much of its name and figure as it has room for.
    fn draw(&self, Tile { x, y, width, height }: Tile) -> String {
        let size = (width / 9.0).min(height / 3.0).clamp(9.0, 26.0);
        let characters = ((width - 8.0) / (size * CHARACTER)).floor();
        let mut labels = String::new();
        if height >= size * 1.4 && characters >= 4.0 {
            let (left, line) = (x + 5.0, y + size * 1.15);
            let name = escape(&shortened(&self.name, characters as usize));
            labels = format!("<text x=\"{left:.1}\" y=\"{line:.1}\" font-size=\"{size:.1}\">{name}</text>");
            if height >= size * 2.4 {
                let (line, size) = (line + size * 1.05, size * 0.75);
                labels.push_str(&format!(
                    "<text class=\"figure\" x=\"{left:.1}\" y=\"{line:.1}\" font-size=\"{size:.1}\">{}</text>",
                    count(self.weight)
                ));
            }
        }
        format!(
            "<g class=\"{}\"><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\"/>{labels}</g>\n",
            self.class,
            escape(&self.told)
        )
    }
}

fn shortened(name: &str, characters: usize) -> String {
    if name.chars().count() <= characters {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(characters.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ClusterId;

    fn cluster(number: usize, volume: u64) -> ClusterQuality {
        ClusterQuality {
            id: ClusterId::new(),
            name: format!("topic {number}"),
            keywords: 3,
            volume,
            cohesion: 0.5,
            intent: None,
            least_fitting: Vec::new(),
        }
    }

    #[test]
    fn small_clusters_share_a_tile() {
        let clusters: Vec<ClusterQuality> = (0..TILES + 30).map(|number| cluster(number, 10)).collect();
        let drawn = picture(&clusters);
        assert_eq!(drawn.matches("<rect").count(), TILES + 1);
        assert!(drawn.contains("30 smaller clusters") && drawn.contains("searches a month"));
    }

    #[test]
    fn clusters_that_nobody_is_known_to_search_go_by_keywords() {
        let drawn = picture(&[cluster(1, 0), cluster(2, 0)]);
        assert_eq!(drawn.matches("<rect").count(), 2);
        assert!(drawn.contains("area is its keywords"));
    }

    #[test]
    fn names_are_cut_to_size() {
        assert_eq!(shortened("hot flashes", 5), "hot…");
        assert_eq!(shortened("tea", 5), "tea");
    }
}
