//! The shapes that go into and come out of clustering: keywords with their
//! volumes in, named groups of input indexes out.

/// One keyword to cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterInput<'a> {
    /// The keyword as the user knows it, in any language or script; may be empty.
    pub text: &'a str,
    /// Searches a month, if known. Decides names and order, never membership.
    pub volume: Option<u64>,
}

/// The answer of a clustering: every index of the input is exactly once in a
/// group's `members` or in `unclustered`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grouping {
    /// Groups by total volume (largest first), then size, then first member.
    pub groups: Vec<Group>,
    /// Input indexes that resemble nothing else closely enough, ascending.
    pub unclustered: Vec<usize>,
}

/// One cluster of keywords.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The group's best keyword, as it stood in the input: central and often searched.
    pub name: String,
    /// Input indexes by volume (largest first), then index.
    pub members: Vec<usize>,
    /// Why these are together: the words most members share, strongest first, in
    /// their commonest written form. Empty when the members share no word.
    pub shared_terms: Vec<String>,
    /// Mean cosine similarity of the members to the group's centre, 0 to 1.
    pub cohesion: f32,
}

/// The answer of a clustering beside clusters that are there: every index of the input is exactly once in `joined`, in a
/// group or unclustered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extension {
    /// Input indexes, ascending, each with the index of the cluster it joins.
    pub joined: Vec<(usize, usize)>,
    /// The groups that the others make.
    pub grouping: Grouping,
}
