//! The quality report as one standalone HTML page with a picture: no scripts, nothing loaded, readable by light and by dark.

use super::picture::picture;
use super::{ClusterQuality, ClusterRef, ContestedKeyword, Likeness, QualityReport, Rivals, Sizes, Twins};
use crate::article::escape;

/// The page's style.
const STYLE: &str = include_str!("page.css");
/// Rows of each table.
const ROWS: usize = 40;
/// Fewest keywords of a cluster that is called loose.
const LOOSE_FROM: u64 = 5;

impl QualityReport {
    /// The report as a complete HTML5 document under this title. Total: any report gives a page.
    #[must_use]
    pub fn to_html(&self, title: &str) -> String {
        let title = escape(title);
        let body = if self.clusters.is_empty() {
            format!("<p>There are no clusters yet; {} keywords wait for some.</p>", count(self.keywords))
        } else {
            self.body()
        };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
        )
    }

    fn body(&self) -> String {
        let clustered = self.keywords - self.unclustered;
        let facts = [
            (count(self.sizes.clusters), "clusters"),
            (count(clustered), "keywords in them"),
            (count(self.unclustered), "keywords in none"),
            (count(self.sizes.median), "keywords in the middle cluster"),
            (format!("{:.2}", self.cohesion), "cohesion, of 1"),
            (count(self.likely_duplicates.total), "pairs that may be one"),
            (count(self.cannibalising.total), "pairs that may compete"),
            (count(self.contested.total), "keywords that fit two"),
        ];
        let facts: String = facts
            .iter()
            .map(|(figure, what)| format!("<div><dt>{what}</dt><dd>{figure}</dd></div>"))
            .collect();
        let sections = [
            picture(&self.clusters),
            histogram(&self.sizes),
            duplicates(&self.likely_duplicates.first),
            rivals(&self.cannibalising.first),
            contested(&self.contested.first),
            loose(&self.clusters),
            largest(&self.clusters),
        ];
        format!("<dl class=\"facts\">{facts}</dl>\n{}", sections.concat())
    }
}

fn histogram(sizes: &Sizes) -> String {
    let most = sizes.buckets.iter().map(|bucket| bucket.clusters).max().unwrap_or_default().max(1);
    let rows: String = sizes
        .buckets
        .iter()
        .filter(|bucket| bucket.clusters > 0 || bucket.from >= 2)
        .map(|bucket| {
            let range = match bucket.to {
                None => format!("{} and more", bucket.from),
                Some(to) if to == bucket.from => to.to_string(),
                Some(to) => format!("{}–{to}", bucket.from),
            };
            format!(
                "<tr><th scope=\"row\">{range}</th><td><meter min=\"0\" max=\"{most}\" value=\"{}\"></meter></td>\
                 <td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                bucket.clusters,
                count(bucket.clusters),
                count(bucket.keywords)
            )
        })
        .collect();
    format!(
        "<section><h2>Sizes</h2><p>The smallest has {}, the largest {} keywords; nine in ten have at most {}.</p>\n\
         <table class=\"sizes\"><thead><tr><th>Keywords of a cluster</th><th></th><th class=\"n\">Clusters</th>\
         <th class=\"n\">Keywords in all</th></tr></thead><tbody>\n{rows}</tbody></table></section>\n",
        count(sizes.smallest),
        count(sizes.largest),
        count(sizes.p90)
    )
}

fn duplicates(pairs: &[Twins]) -> String {
    let rows = pairs.iter().map(|pair| {
        let likeness = match pair.likeness {
            Likeness::Words => "their words",
            Likeness::Names => "their names",
            Likeness::WordsAndNames => "words and names",
        };
        [named(&pair.first), named(&pair.second), likeness.to_owned(), format!("{:.2}", pair.similarity)]
    });
    let why = "Clusters that are likely one: the same words or nearly the same name, and no different intent. Merge them, or give each a reason of its own.";
    table("Likely duplicates", why, ["Cluster", "Cluster", "Alike in", "Similarity"], &[3], rows)
}

fn rivals(pairs: &[Rivals]) -> String {
    let rows = pairs.iter().map(|pair| {
        let examples: Vec<String> = pair.examples.iter().map(|text| escape(text)).collect();
        [named(&pair.first), named(&pair.second), count(pair.contested), examples.join(", ")]
    });
    let why = "A good part of these clusters' keywords fit the other as well: a page for each would compete for the same searches.";
    table(
        "Clusters that would cannibalise each other",
        why,
        ["Cluster", "Cluster", "Contested", "Such as"],
        &[2],
        rows,
    )
}

fn contested(keywords: &[ContestedKeyword]) -> String {
    let rows = keywords.iter().map(|found| {
        let volume = found.volume.map_or_else(|| "–".to_owned(), count);
        [escape(&found.keyword), volume, named(&found.cluster), named(&found.other)]
    });
    let why = "Keywords whose nearest neighbours stand in another cluster as much as in their own.";
    table("Keywords that fit two clusters", why, ["Keyword", "Searches", "Is in", "Fits too"], &[1], rows)
}

fn loose(clusters: &[ClusterQuality]) -> String {
    let mut loose: Vec<&ClusterQuality> =
        clusters.iter().filter(|cluster| cluster.keywords >= LOOSE_FROM).collect();
    loose.sort_by(|a, b| a.cohesion.total_cmp(&b.cohesion));
    let rows = loose.into_iter().take(ROWS / 2).map(row_of);
    let why = "Clusters whose keywords have least in common, with those that fit least: look whether they are one topic.";
    table("Loosest clusters", why, ["Cluster", "Keywords", "Cohesion", "Fit least"], &[1, 2], rows)
}

fn largest(clusters: &[ClusterQuality]) -> String {
    let rows = clusters.iter().take(ROWS).map(|cluster| {
        let [name, keywords, cohesion, _] = row_of(cluster);
        [name, keywords, count(cluster.volume), cohesion]
    });
    let why = "The clusters with the most searches a month.";
    table("Most searched clusters", why, ["Cluster", "Keywords", "Searches", "Cohesion"], &[1, 2, 3], rows)
}

fn row_of(cluster: &ClusterQuality) -> [String; 4] {
    let least: Vec<String> = cluster.least_fitting.iter().map(|text| escape(text)).collect();
    [
        format!("<b>{}</b>", escape(&cluster.name)),
        count(cluster.keywords),
        format!("{:.2}", cluster.cohesion),
        least.join(", "),
    ]
}

/// A section with a table of at most [`ROWS`] rows of HTML cells; `numbers` are the columns that hold figures.
fn table(
    title: &str,
    why: &str,
    heads: [&str; 4],
    numbers: &[usize],
    rows: impl ExactSizeIterator<Item = [String; 4]>,
) -> String {
    let all = rows.len();
    if all == 0 {
        return format!("<section><h2>{title}</h2><p>None found.</p></section>\n");
    }
    let class = |column: usize| if numbers.contains(&column) { " class=\"n\"" } else { "" };
    let head: String =
        heads.iter().enumerate().map(|(at, head)| format!("<th{}>{head}</th>", class(at))).collect();
    let body: String = rows
        .take(ROWS)
        .map(|cells| {
            let cells: String =
                cells.iter().enumerate().map(|(at, cell)| format!("<td{}>{cell}</td>", class(at))).collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    let more =
        if all > ROWS { format!("<p class=\"more\">The first {ROWS} of them.</p>") } else { String::new() };
    format!(
        "<section><h2>{title}</h2><p>{why}</p>\n<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>{more}</section>\n"
    )
}

fn named(cluster: &ClusterRef) -> String {
    format!("<b>{}</b>", escape(&cluster.name))
}

/// A number with thin spaces between its thousands.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::super::{JudgedCluster, JudgedKeyword};
    use super::*;
    use crate::ids::ClusterId;

    fn report(names: &[&str]) -> QualityReport {
        let clusters: Vec<JudgedCluster<'_>> = names
            .iter()
            .zip(1_u64..)
            .map(|(name, number)| {
                let keyword = JudgedKeyword { text: name, volume: Some(number * 100), intent: None };
                JudgedCluster { id: ClusterId::new(), name, keywords: vec![keyword; 3] }
            })
            .collect();
        QualityReport::of(&clusters, &[])
    }

    #[test]
    fn names_cannot_break_the_page() {
        let page = report(&["<script>alert(1)</script>", "a \"b\" & 'c'"]).to_html("<Tea>");
        assert!(!page.contains("<script>") && page.contains("&lt;Tea&gt;"));
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!((count(0).as_str(), count(999).as_str()), ("0", "999"));
    }
}
