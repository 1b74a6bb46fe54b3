//! The flow itself, one file a noun: keyword -> cluster -> idea -> task -> content -> image.
//! Which status may follow which is decided in one place, [`moves`].

mod cluster;
mod content;
mod idea;
mod image;
mod keyword;
pub mod moves;
mod task;

pub use cluster::{
    Cluster, ClusterChange, ClusterField, ClusterFilter, ClusterQuery, ClusterStatus, NewCluster,
};
pub use content::{
    Content, ContentChange, ContentField, ContentFilter, ContentQuery, ContentStatus, Draft, Revision,
};
pub use idea::{Idea, IdeaChange, IdeaField, IdeaFilter, IdeaQuery, IdeaStatus, NewIdea};
pub use image::{
    Image, ImageChange, ImageField, ImageFilter, ImageOwner, ImageQuery, ImageStatus, ImageType, NewImage,
};
pub use keyword::{
    Intent, Keyword, KeywordChange, KeywordField, KeywordFilter, KeywordQuery, KeywordStatus, NewKeyword,
    VolumeRange,
};
pub use task::{NewTask, Task, TaskChange, TaskField, TaskFilter, TaskQuery, TaskStatus};

use crate::error::FieldErrors;

/// The fewest words an article may be planned with.
pub const MIN_WORDS: u32 = 300;
/// The most words an article may be planned with.
pub const MAX_WORDS: u32 = 5_000;
/// The words an article is planned with unless someone says otherwise.
pub const DEFAULT_WORDS: u32 = 1_000;

/// Checks a planned word count.
pub(crate) fn check_words(field: &str, words: u32) -> Result<(), FieldErrors> {
    if (MIN_WORDS..=MAX_WORDS).contains(&words) {
        Ok(())
    } else {
        Err(FieldErrors::one(field, format!("must be {MIN_WORDS} to {MAX_WORDS}")))
    }
}

/// Checks a title: 1 to 255 characters that are not all white space. Returns it trimmed.
pub(crate) fn check_title(field: &str, title: &str) -> Result<String, FieldErrors> {
    crate::tenancy::check_name(field, title)
}
