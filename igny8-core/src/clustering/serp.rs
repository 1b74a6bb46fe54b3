//! Groups keywords by the pages that rank for them: two keywords that search engines answer with the same addresses can be
//! answered by one page. Needs `serp_urls`; keywords without them are unclustered.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::grouping::{Group, Grouping};
use super::options::Granularity;

/// Addresses of a keyword that are looked at, best first.
const ADDRESSES: usize = 10;
/// Addresses that are shown as what a group shares.
const SHOWN: usize = 3;

/// Which keywords of a group must share addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Linkage {
    /// Each with the group's head, its most searched keyword.
    #[default]
    Soft,
    /// Each with each: smaller and purer groups.
    Hard,
}

/// One keyword to cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SerpInput<'a> {
    /// The keyword.
    pub text: &'a str,
    /// Searches a month, if known. Decides who is a group's head.
    pub volume: Option<u64>,
    /// Addresses that rank for it, best first; the first ten count.
    pub urls: &'a [String],
}

/// Groups keywords by shared addresses. Pure and deterministic; the order of the input does not matter.
#[derive(Debug, Clone, Copy, Default)]
pub struct SerpClusterer {
    linkage: Linkage,
    shared: Option<usize>,
}

/// Keywords as sets of addresses.
struct Index {
    /// For each keyword its addresses, ascending.
    addresses: Vec<Vec<u32>>,
    /// For each address its keywords.
    keywords: Vec<Vec<u32>>,
    /// The addresses as they are shown.
    shown: Vec<String>,
}

impl SerpClusterer {
    /// A clusterer with this linkage, which asks for as many shared addresses as the granularity says: 5 (fine), 3
    /// (balanced) or 2 (broad) of the first ten.
    #[must_use]
    pub const fn new(linkage: Linkage) -> Self {
        Self { linkage, shared: None }
    }

    /// Asks for this many shared addresses, whatever the granularity; at least 1.
    #[must_use]
    pub const fn shared(mut self, addresses: usize) -> Self {
        self.shared = Some(if addresses == 0 { 1 } else { addresses });
        self
    }

    /// Groups `inputs` by shared addresses.
    #[must_use]
    pub fn group(&self, inputs: &[SerpInput<'_>], granularity: Granularity) -> Grouping {
        let least = self.least(granularity);
        let index = Index::of(inputs);
        let mut order: Vec<u32> = (0_u32..).take(inputs.len()).collect();
        order.sort_by_key(|keyword| rank(inputs, *keyword));
        let mut place = vec![0; inputs.len()];
        for (at, keyword) in order.iter().enumerate() {
            place[*keyword as usize] = at;
        }
        let mut free = vec![true; inputs.len()];
        let mut grouping = Grouping::default();
        for head in order {
            if !free[head as usize] {
                continue;
            }
            let mut alike = index.alike(head, least);
            alike.retain(|(keyword, _)| free[*keyword as usize]);
            alike.sort_unstable_by_key(|(keyword, shared)| (Reverse(*shared), place[*keyword as usize]));
            let mut members = vec![head];
            for (keyword, _) in alike {
                let linked = |member: &u32| index.shared(*member, keyword) >= least;
                if self.linkage == Linkage::Soft || members.iter().all(linked) {
                    members.push(keyword);
                }
            }
            for member in &members {
                free[*member as usize] = false;
            }
            if members.len() < 2 {
                grouping.unclustered.push(head as usize);
            } else {
                members.sort_unstable_by_key(|member| place[*member as usize]);
                grouping.groups.push(index.group(inputs, &members));
            }
        }
        grouping.unclustered.sort_unstable();
        grouping.groups.sort_by_cached_key(|group| {
            let volumes = group.members.iter().map(|member| inputs[*member].volume.unwrap_or(0));
            (Reverse(volumes.fold(0, u64::saturating_add)), Reverse(group.members.len()), group.name.clone())
        });
        grouping
    }

    /// For each input the cluster that it joins, `settled` with the keywords of each: the one it shares most addresses with,
    /// by the same linkage.
    #[must_use]
    pub fn join(
        &self,
        inputs: &[SerpInput<'_>],
        settled: &[Vec<SerpInput<'_>>],
        granularity: Granularity,
    ) -> Vec<Option<usize>> {
        let least = self.least(granularity);
        let mut all: Vec<SerpInput<'_>> = inputs.to_vec();
        let mut cluster_of: Vec<usize> = Vec::new();
        let mut sizes: Vec<usize> = Vec::new();
        for (cluster, keywords) in settled.iter().enumerate() {
            let head = keywords.iter().enumerate().min_by_key(|(at, _)| rank(keywords, *at as u32));
            let linked = match self.linkage {
                Linkage::Soft => head.map(|(_, head)| *head).into_iter().collect(),
                Linkage::Hard => keywords.clone(),
            };
            sizes.push(linked.len());
            cluster_of.extend(std::iter::repeat_n(cluster, linked.len()));
            all.extend(linked);
        }
        let index = Index::of(&all);
        let join = |input: u32| {
            let mut found: HashMap<usize, (usize, usize)> = HashMap::new();
            for (other, shared) in index.alike(input, least) {
                if let Some(cluster) = (other as usize).checked_sub(inputs.len()).map(|at| cluster_of[at]) {
                    let (linked, sum) = found.entry(cluster).or_default();
                    *linked += 1;
                    *sum += shared;
                }
            }
            let whole = found.into_iter().filter(|(cluster, (linked, _))| *linked == sizes[*cluster]);
            whole
                .max_by_key(|(cluster, (linked, sum))| (sum * 1_000 / linked.max(&1), Reverse(*cluster)))
                .map(|(cluster, _)| cluster)
        };
        (0_u32..).take(inputs.len()).map(join).collect()
    }

    fn least(&self, granularity: Granularity) -> usize {
        self.shared.unwrap_or(match granularity {
            Granularity::Fine => 5,
            Granularity::Balanced => 3,
            Granularity::Broad => 2,
        })
    }
}

impl Index {
    fn of(inputs: &[SerpInput<'_>]) -> Self {
        let mut ids: HashMap<String, u32> = HashMap::new();
        let mut shown = Vec::new();
        let mut keywords: Vec<Vec<u32>> = Vec::new();
        let mut addresses = Vec::with_capacity(inputs.len());
        for (keyword, input) in (0_u32..).zip(inputs) {
            let mut own: Vec<u32> = Vec::new();
            for url in input.urls.iter().take(ADDRESSES) {
                let address = address(url);
                let next = shown.len() as u32;
                let id = *ids.entry(address.clone()).or_insert(next);
                if id == next {
                    shown.push(address);
                    keywords.push(Vec::new());
                }
                if !own.contains(&id) {
                    own.push(id);
                    keywords[id as usize].push(keyword);
                }
            }
            own.sort_unstable();
            addresses.push(own);
        }
        Self { addresses, keywords, shown }
    }

    /// The keywords that share at least `least` addresses with this one, and how many.
    fn alike(&self, keyword: u32, least: usize) -> Vec<(u32, usize)> {
        let mut rarest = self.addresses[keyword as usize].clone();
        if rarest.len() < least {
            return Vec::new();
        }
        // Who shares `least` of them shares one of these: addresses that everything ranks with need not be read.
        rarest.sort_by_key(|address| self.keywords[*address as usize].len());
        rarest.truncate(rarest.len() + 1 - least);
        let mut candidates: Vec<u32> =
            rarest.iter().flat_map(|address| &self.keywords[*address as usize]).copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates
            .into_iter()
            .filter(|other| *other != keyword)
            .map(|other| (other, self.shared(keyword, other)))
            .filter(|(_, shared)| *shared >= least)
            .collect()
    }

    /// How many addresses two keywords share.
    fn shared(&self, one: u32, other: u32) -> usize {
        let theirs = &self.addresses[other as usize];
        self.addresses[one as usize].iter().filter(|address| theirs.binary_search(address).is_ok()).count()
    }

    fn group(&self, inputs: &[SerpInput<'_>], members: &[u32]) -> Group {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for address in members.iter().flat_map(|member| &self.addresses[*member as usize]) {
            *counts.entry(*address).or_default() += 1;
        }
        let mut common: Vec<(u32, usize)> = counts.into_iter().filter(|(_, count)| *count > 1).collect();
        common.sort_unstable_by_key(|(address, count)| (Reverse(*count), *address));
        let head = members.first().copied().unwrap_or_default();
        let own = self.addresses[head as usize].len().max(1) as f32;
        let others = members.len().saturating_sub(1).max(1) as f32;
        let shares = members.iter().skip(1).map(|member| self.shared(head, *member) as f32 / own);
        Group {
            name: inputs[head as usize].text.trim().to_owned(),
            members: members.iter().map(|member| *member as usize).collect(),
            shared_terms: common
                .into_iter()
                .take(SHOWN)
                .map(|(address, _)| self.shown[address as usize].clone())
                .collect(),
            cohesion: (shares.sum::<f32>() / others).clamp(0.0, 1.0),
        }
    }
}

/// The most searched first; of equals the shorter, then the text itself.
fn rank<'a>(inputs: &[SerpInput<'a>], keyword: u32) -> (Reverse<u64>, usize, &'a str) {
    let input = inputs[keyword as usize];
    (Reverse(input.volume.unwrap_or(0)), input.text.len(), input.text)
}

/// An address as it is compared: without scheme, `www.`, fragment and last slash, the host in small letters.
fn address(url: &str) -> String {
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    let url = url.split('#').next().unwrap_or_default();
    let (host, path) = url.split_once('/').unwrap_or((url, ""));
    let host = host.to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    format!("{host}/{}", path.trim_end_matches('/')).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (&'static str, u64, Vec<String>);

    fn rows() -> Vec<Row> {
        let urls = |list: &str| list.split(' ').filter(|url| !url.is_empty()).map(str::to_owned).collect();
        vec![
            ("hot flashes", 900, urls("https://www.a.com/x/ b.com/y c.com d.com e.com")),
            ("hot flushes", 500, urls("http://a.com/x b.com/y/ C.com/ q.com r.com")),
            ("menopause heat", 100, urls("a.com/x b.com/y d.com s.com t.com")),
            ("flushing", 90, urls("c.com q.com r.com")),
            ("hrt", 800, urls("u.com v.com w.com")),
            ("no results", 70, urls("")),
        ]
    }

    fn inputs(rows: &[Row]) -> Vec<SerpInput<'_>> {
        rows.iter().map(|(text, volume, urls)| SerpInput { text, volume: Some(*volume), urls }).collect()
    }

    fn groups(clusterer: SerpClusterer, rows: &[Row]) -> (Vec<Vec<usize>>, Vec<usize>) {
        let grouping = clusterer.group(&inputs(rows), Granularity::Balanced);
        (grouping.groups.into_iter().map(|group| group.members).collect(), grouping.unclustered)
    }

    #[test]
    fn soft_links_to_the_head_and_hard_to_everyone() {
        let rows = rows();
        let soft = groups(SerpClusterer::new(Linkage::Soft), &rows);
        // "flushing" shares three addresses with "hot flushes", but two with none of the heads.
        assert_eq!(soft, (vec![vec![0, 1, 2]], vec![3, 4, 5]));
        let hard = groups(SerpClusterer::new(Linkage::Hard), &rows);
        assert_eq!(hard, (vec![vec![0, 1]], vec![2, 3, 4, 5]));
        let loose = groups(SerpClusterer::new(Linkage::Soft).shared(1), &rows);
        assert_eq!(loose.0, [vec![0, 1, 2, 3]]);
    }

    #[test]
    fn a_group_says_which_addresses_it_shares() {
        let rows = rows();
        let grouping = SerpClusterer::default().group(&inputs(&rows), Granularity::Balanced);
        assert_eq!(grouping.groups[0].name, "hot flashes");
        assert_eq!(grouping.groups[0].shared_terms, ["a.com/x", "b.com/y", "c.com"]);
        assert!((grouping.groups[0].cohesion - 0.6).abs() < 1e-6);
    }

    #[test]
    fn newcomers_join_by_the_same_rule() {
        let rows = rows();
        let all = inputs(&rows);
        let settled = [vec![all[0], all[2]], vec![all[4]]];
        let new = [all[1], all[3], all[5]];
        let soft = SerpClusterer::new(Linkage::Soft).join(&new, &settled, Granularity::Balanced);
        assert_eq!(soft, [Some(0), None, None]);
        let hard = SerpClusterer::new(Linkage::Hard).join(&new, &settled, Granularity::Balanced);
        assert_eq!(hard, [None, None, None]);
        let loose = SerpClusterer::new(Linkage::Hard).join(&new, &settled, Granularity::Broad);
        assert_eq!(loose, [Some(0), None, None]);
    }

    #[test]
    fn the_order_of_the_input_does_not_matter() {
        let rows = rows();
        let forwards = SerpClusterer::default().group(&inputs(&rows), Granularity::Broad);
        let reversed: Vec<Row> = rows.iter().rev().cloned().collect();
        let backwards = SerpClusterer::default().group(&inputs(&reversed), Granularity::Broad);
        let names = |grouping: &Grouping, rows: &[Row]| -> Vec<Vec<&str>> {
            grouping
                .groups
                .iter()
                .map(|group| group.members.iter().map(|member| rows[*member].0).collect())
                .collect()
        };
        assert_eq!(names(&forwards, &rows), names(&backwards, &reversed));
    }
}
