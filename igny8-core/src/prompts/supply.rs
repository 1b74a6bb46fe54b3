//! What each prompt type can be filled with: the variables that its function gives it, and the reference's placeholders
//! for them.

use crate::settings::PromptType;

/// What the function behind a prompt type gives its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supply {
    /// The AI function that fills the prompt.
    pub function: &'static str,
    /// Paths below `data`, such as `task.word_count`.
    pub variables: &'static [&'static str],
    /// Placeholders and the path each stands for. `("KEYWORDS", "groups")` is written `[IGNY8_KEYWORDS]` or `[KEYWORDS]`.
    pub placeholders: &'static [(&'static str, &'static str)],
}

impl Supply {
    /// What prompts of this type can be filled with.
    #[must_use]
    pub const fn of(prompt_type: PromptType) -> &'static Self {
        match prompt_type {
            PromptType::Clustering => &CLUSTERING,
            PromptType::Ideas => &IDEAS,
            PromptType::ContentGeneration => &CONTENT_GENERATION,
            PromptType::ImagePromptExtraction => &IMAGE_PROMPT_EXTRACTION,
            PromptType::ImagePromptTemplate | PromptType::NegativePrompt => &IMAGE,
        }
    }

    /// The path a placeholder stands for.
    pub(super) fn path(&self, placeholder: &str) -> Option<&'static str> {
        self.placeholders.iter().find(|(name, _)| *name == placeholder).map(|(_, path)| *path)
    }

    /// Whether a path below `data` leads to something: to a variable, towards one, or into one.
    pub(super) fn has(&self, path: &str) -> bool {
        let leads = |from: &str, to: &str| {
            to.strip_prefix(from).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.variables.iter().any(|known| leads(path, known) || leads(known, path))
    }

    /// The placeholders as they are written, for messages.
    pub(super) fn written(&self) -> String {
        self.placeholders.iter().map(|(name, _)| format!("[IGNY8_{name}]")).collect::<Vec<_>>().join(", ")
    }

    /// The variables as they are written, for messages.
    pub(super) fn variables_written(&self) -> String {
        self.variables.iter().map(|path| format!("data.{path}")).collect::<Vec<_>>().join(", ")
    }
}

/// Whether any prompt type has a placeholder of this name; other words in brackets are the prompt's own.
pub(super) fn is_placeholder(name: &str) -> bool {
    PromptType::ALL.iter().any(|prompt_type| Supply::of(*prompt_type).path(name).is_some())
}

const CLUSTERING: Supply = Supply {
    function: "auto_cluster",
    variables: &["groups", "existing_clusters", "sector"],
    placeholders: &[("KEYWORDS", "groups"), ("CLUSTERS", "existing_clusters"), ("SECTOR", "sector")],
};

const IDEAS: Supply = Supply {
    function: "generate_ideas",
    variables: &[
        "cluster.name",
        "cluster.description",
        "keywords",
        "existing_titles",
        "ideas_wanted.min",
        "ideas_wanted.max",
        "language",
        "content_types",
        "content_structures",
        "sector",
    ],
    placeholders: &[
        ("CLUSTER", "cluster"),
        ("CLUSTERS", "cluster"),
        ("CLUSTER_KEYWORDS", "keywords"),
        ("KEYWORDS", "keywords"),
        ("LANGUAGE", "language"),
        ("SECTOR", "sector"),
    ],
};

const CONTENT_GENERATION: Supply = Supply {
    function: "generate_content",
    variables: &[
        "task.title",
        "task.description",
        "task.content_type",
        "task.content_structure",
        "task.word_count",
        "keywords",
        "cluster.name",
        "cluster.keywords",
        "author.name",
        "author.description",
        "author.tone",
        "language",
        "sections",
        "sector",
    ],
    placeholders: &[
        ("IDEA", "task"),
        ("KEYWORDS", "keywords"),
        ("CLUSTER", "cluster"),
        ("CLUSTER_KEYWORDS", "cluster.keywords"),
        ("AUTHOR", "author"),
        ("LANGUAGE", "language"),
        ("WORD_COUNT", "task.word_count"),
        ("SECTOR", "sector"),
    ],
};

const IMAGE_PROMPT_EXTRACTION: Supply = Supply {
    function: "generate_image_prompts",
    variables: &[
        "content.title",
        "content.html_outline",
        "content.primary_keyword",
        "max_in_article",
        "style",
        "sector",
    ],
    placeholders: &[
        ("CONTENT", "content"),
        ("TITLE", "content.title"),
        ("MAX_IMAGES", "max_in_article"),
        ("SECTOR", "sector"),
    ],
};

const IMAGE: Supply = Supply {
    function: "generate_images",
    variables: &["prompt", "image_type", "heading", "alt", "sector"],
    placeholders: &[("IMAGE_PROMPT", "prompt"), ("IMAGE_TYPE", "image_type"), ("SECTOR", "sector")],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_stands_for_a_variable() {
        for prompt_type in PromptType::ALL {
            let supply = Supply::of(*prompt_type);
            for (name, path) in supply.placeholders {
                assert!(supply.has(path), "{prompt_type}: {name}");
            }
            assert!(!supply.has("content.titl") && !supply.has("nothing"), "{prompt_type}");
        }
        assert!(Supply::of(PromptType::Ideas).has("cluster"));
        assert!(Supply::of(PromptType::Ideas).has("cluster.name"));
    }
}
