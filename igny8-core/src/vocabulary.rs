//! Closed vocabularies as enums and open ones as checked words.
//! An unknown value is a field error that lists what is allowed.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::error::FieldErrors;

/// Declares a closed vocabulary: an enum whose words are the same in JSON, CSV, SQL and messages.
macro_rules! vocabulary {
    ($(#[$doc:meta])* pub enum $name:ident as $field:literal {
        $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value, in the vocabulary's own order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that stands for it everywhere.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::error::FieldErrors;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::vocabulary::unknown_word($field, word, [$($word,)+].into_iter())),
                }
            }
        }
    };
}
pub(crate) use vocabulary;

/// The field error for a word outside its vocabulary.
pub(crate) fn unknown_word<'a>(
    field: &str,
    word: &str,
    allowed: impl Iterator<Item = &'a str>,
) -> FieldErrors {
    let allowed: Vec<&str> = allowed.collect();
    FieldErrors::one(field, format!("`{word}` is not one of: {}", allowed.join(", ")))
}

/// Declares a word of an open vocabulary: built-in values plus what the host registers.
macro_rules! open_word {
    ($(#[$doc:meta])* $name:ident { $($(#[$cdoc:meta])* $constant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(std::borrow::Cow<'static, str>);

        impl $name {
            $($(#[$cdoc])* pub const $constant: Self = Self(std::borrow::Cow::Borrowed($word));)+
            /// The built-in values.
            pub const BUILT_IN: &'static [&'static str] = &[$($word,)+];

            /// Wraps a word as it is; [`Vocabularies`](crate::vocabulary::Vocabularies) decides whether it is allowed.
            pub fn new(word: impl Into<std::borrow::Cow<'static, str>>) -> Self {
                Self(word.into())
            }

            /// The word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

open_word! {
    /// What kind of page an idea or task becomes.
    ContentType {
        /// A pillar page that links its cluster.
        HUB_PAGE = "hub_page",
        /// A page below a hub.
        SUB_PAGE = "sub_page",
        /// A blog post.
        BLOG = "blog",
        /// A product page.
        PRODUCT_PAGE = "product_page",
        /// A service page.
        SERVICE_PAGE = "service_page",
        /// A page about one attribute of a product family.
        ATTRIBUTE_PAGE = "attribute_page",
    }
}

open_word! {
    /// How a page is built up.
    ContentStructure {
        /// A guide.
        GUIDE = "guide",
        /// Steps to a goal.
        HOW_TO = "how_to",
        /// A list of entries.
        LISTICLE = "listicle",
        /// Two or more things side by side.
        COMPARISON = "comparison",
        /// A review.
        REVIEW = "review",
        /// Questions and answers.
        FAQ = "faq",
        /// A landing page.
        LANDING = "landing",
        /// A case study.
        CASE_STUDY = "case_study",
    }
}

open_word! {
    /// The voice of an author profile.
    Tone {
        /// Friendly.
        FRIENDLY = "friendly",
        /// Technical.
        TECHNICAL = "technical",
        /// Authoritative.
        AUTHORITATIVE = "authoritative",
        /// Formal.
        FORMAL = "formal",
        /// Conversational.
        CONVERSATIONAL = "conversational",
        /// Playful.
        PLAYFUL = "playful",
    }
}

/// The open vocabularies of one host: the built-in words and its own.
#[derive(Clone, Debug)]
pub struct Vocabularies {
    content_types: BTreeSet<Cow<'static, str>>,
    content_structures: BTreeSet<Cow<'static, str>>,
    tones: BTreeSet<Cow<'static, str>>,
}

impl Default for Vocabularies {
    fn default() -> Self {
        let words = |built_in: &[&'static str]| built_in.iter().copied().map(Cow::Borrowed).collect();
        Self {
            content_types: words(ContentType::BUILT_IN),
            content_structures: words(ContentStructure::BUILT_IN),
            tones: words(Tone::BUILT_IN),
        }
    }
}

impl Vocabularies {
    /// Adds a content type of the host's own.
    pub fn add_content_type(&mut self, word: impl Into<Cow<'static, str>>) {
        self.content_types.insert(word.into());
    }

    /// Adds a content structure of the host's own.
    pub fn add_content_structure(&mut self, word: impl Into<Cow<'static, str>>) {
        self.content_structures.insert(word.into());
    }

    /// Adds a tone of the host's own.
    pub fn add_tone(&mut self, word: impl Into<Cow<'static, str>>) {
        self.tones.insert(word.into());
    }

    /// Checks a content type.
    ///
    /// # Errors
    /// A complaint on `content_type` that lists the allowed words.
    pub fn check_content_type(&self, word: &ContentType) -> Result<(), FieldErrors> {
        check("content_type", word.as_str(), &self.content_types)
    }

    /// Checks a content structure.
    ///
    /// # Errors
    /// A complaint on `content_structure` that lists the allowed words.
    pub fn check_content_structure(&self, word: &ContentStructure) -> Result<(), FieldErrors> {
        check("content_structure", word.as_str(), &self.content_structures)
    }

    /// Checks a tone.
    ///
    /// # Errors
    /// A complaint on `tone` that lists the allowed words.
    pub fn check_tone(&self, word: &Tone) -> Result<(), FieldErrors> {
        check("tone", word.as_str(), &self.tones)
    }

    /// The allowed content types, in alphabetical order.
    pub fn content_types(&self) -> impl Iterator<Item = &str> {
        self.content_types.iter().map(AsRef::as_ref)
    }

    /// The allowed content structures, in alphabetical order.
    pub fn content_structures(&self) -> impl Iterator<Item = &str> {
        self.content_structures.iter().map(AsRef::as_ref)
    }

    /// The allowed tones, in alphabetical order.
    pub fn tones(&self) -> impl Iterator<Item = &str> {
        self.tones.iter().map(AsRef::as_ref)
    }
}

fn check(field: &str, word: &str, allowed: &BTreeSet<Cow<'static, str>>) -> Result<(), FieldErrors> {
    if allowed.contains(word) {
        Ok(())
    } else {
        Err(unknown_word(field, word, allowed.iter().map(AsRef::as_ref)))
    }
}
