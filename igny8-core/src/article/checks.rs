//! The single checks behind the search score: each finds one thing and says what to do about it.
//! They share one reading of the article, so that no check parses or stems anything twice.

use crate::article::keyword::{Keyword, KeywordMatcher};
use crate::article::outline::{LinkKind, Outline};
use crate::article::readability::Readability;
use crate::article::seo::{SeoCheckName, SeoInput};
use crate::article::words::{count, is_ideograph};

/// Title length in characters.
const TITLE: (usize, usize) = (20, 70);
/// Meta title length in characters.
const META_TITLE: (usize, usize) = (1, 60);
/// Meta description length in characters.
const META_DESCRIPTION: (usize, usize) = (70, 160);
/// The least an article has without a target, in words.
const LEAST_WORDS: u32 = 300;
/// One occurrence of the keyword is expected in this many words.
const WORDS_PER_KEYWORD: usize = 400;
/// Words of the text, in percent, that may belong to the keyword.
const STUFFED: usize = 5;
/// This many occurrences are fine in the shortest text.
const NEVER_STUFFED: usize = 4;
/// One `h2` is expected in this many words.
const WORDS_PER_SECTION: u32 = 400;

/// What a check found: the share of its points earned, and advice.
pub(super) struct Finding {
    earned: f64,
    pub(super) advice: String,
}

/// The article as all checks see it.
pub(super) struct Article<'a> {
    input: &'a SeoInput<'a>,
    outline: &'a Outline,
    matcher: &'a KeywordMatcher,
    keyword: Option<Keyword>,
    stems: Vec<String>,
    words: u32,
}

impl Finding {
    fn good(advice: impl Into<String>) -> Self {
        Self { earned: 1.0, advice: advice.into() }
    }

    fn bad(advice: impl Into<String>) -> Self {
        Self { earned: 0.0, advice: advice.into() }
    }

    /// Below the full share however close it comes.
    fn partly(earned: f64, advice: impl Into<String>) -> Self {
        Self { earned: earned.clamp(0.0, 0.999), advice: advice.into() }
    }

    pub(super) fn is_full(&self) -> bool {
        self.earned >= 1.0
    }

    /// Rounded down, so that only a full share earns all points.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the share is within 0 and 1"
    )]
    pub(super) fn points(&self, weight: u8) -> u8 {
        (self.earned * f64::from(weight)).floor() as u8
    }
}

impl<'a> Article<'a> {
    pub(super) fn new(input: &'a SeoInput<'a>, outline: &'a Outline, matcher: &'a KeywordMatcher) -> Self {
        Self {
            input,
            outline,
            matcher,
            keyword: matcher.keyword(input.primary_keyword),
            stems: matcher.stems(&outline.text),
            words: count(&outline.text),
        }
    }

    pub(super) fn check(&self, name: SeoCheckName) -> Finding {
        match name {
            SeoCheckName::KeywordInTitle => self.keyword_in("the title", &[self.input.title]),
            SeoCheckName::KeywordInFirstParagraph => {
                self.keyword_in("the first paragraph", self.outline.first_paragraph().as_slice())
            }
            SeoCheckName::KeywordInHeadings => {
                let headings: Vec<&str> =
                    self.outline.headings.iter().map(|heading| heading.text.as_str()).collect();
                self.keyword_in("a heading", &headings)
            }
            SeoCheckName::KeywordDensity => self.keyword_density(),
            SeoCheckName::SecondaryKeywords => self.secondary_keywords(),
            SeoCheckName::TitleLength => length("The title", self.input.title, TITLE),
            SeoCheckName::MetaTitleLength => length("The meta title", self.input.meta_title, META_TITLE),
            SeoCheckName::MetaDescriptionLength => {
                length("The meta description", self.input.meta_description, META_DESCRIPTION)
            }
            SeoCheckName::HeadingStructure => self.heading_structure(),
            SeoCheckName::WordCount => self.word_count(),
            SeoCheckName::ImageAltTexts => self.image_alt_texts(),
            SeoCheckName::Links => self.links(),
            SeoCheckName::Readability => self.readability(),
        }
    }

    fn keyword_in(&self, place: &str, texts: &[&str]) -> Finding {
        let wanted = self.input.primary_keyword.trim();
        match &self.keyword {
            None => Finding::bad("Set a primary keyword."),
            Some(keyword) if texts.iter().any(|text| keyword.is_in(&self.matcher.stems(text))) => {
                Finding::good(format!("The primary keyword is in {place}."))
            }
            Some(_) => Finding::bad(format!("Use the primary keyword “{wanted}” in {place}.")),
        }
    }

    fn keyword_density(&self) -> Finding {
        let Some(keyword) = &self.keyword else {
            return Finding::bad("Set a primary keyword.");
        };
        let found = keyword.occurrences(&self.stems);
        let least = (self.stems.len() / WORDS_PER_KEYWORD).max(1);
        let most = (self.stems.len() * STUFFED / 100 / keyword.length()).max(NEVER_STUFFED);
        let wanted = self.input.primary_keyword.trim();
        if found == 0 {
            Finding::bad(format!("The text never uses “{wanted}”: use it at least {}.", times(least)))
        } else if found < least {
            Finding::partly(
                share(found, least),
                format!("“{wanted}” occurs {}; use it at least {}.", times(found), times(least)),
            )
        } else if found > most {
            Finding::bad(format!(
                "“{wanted}” occurs {}, which reads as stuffed: use it at most {}.",
                times(found),
                times(most)
            ))
        } else {
            Finding::good(format!("The primary keyword occurs {} in {} words.", times(found), self.words))
        }
    }

    fn secondary_keywords(&self) -> Finding {
        let unused: Vec<&str> = self
            .input
            .secondary_keywords
            .iter()
            .filter(|text| {
                self.matcher.keyword(text).is_some_and(|keyword| keyword.occurrences(&self.stems) == 0)
            })
            .map(|text| text.trim())
            .collect();
        let all = self.input.secondary_keywords.len();
        if self.stems.is_empty() {
            Finding::bad("Write the article before looking for its secondary keywords.")
        } else if unused.is_empty() {
            Finding::good(if all == 0 {
                "There are no secondary keywords."
            } else {
                "All secondary keywords are used."
            })
        } else {
            Finding::partly(
                share(all - unused.len(), all),
                format!("Use these secondary keywords too: {}.", unused.join(", ")),
            )
        }
    }

    fn heading_structure(&self) -> Finding {
        let levels: Vec<u8> = self.outline.headings.iter().map(|heading| heading.level).collect();
        let of_level = |wanted: u8| {
            let found = self.outline.headings.iter().filter(|heading| heading.level == wanted);
            u32::try_from(found.count()).unwrap_or(u32::MAX)
        };
        let expected = if self.words < LEAST_WORDS { 0 } else { (self.words / WORDS_PER_SECTION).max(1) };
        // The title above the body is the first level, so a body may start with `h2`.
        let before = std::iter::once(1).chain(levels.iter().copied());
        let skipped = before.zip(levels.iter().copied()).find(|(above, level)| *level > above + 1);
        let (ones, twos) = (of_level(1), of_level(2));
        if self.words == 0 {
            Finding::bad("There is no text to structure.")
        } else if ones > 1 {
            Finding::bad(format!("There are {ones} h1 headings: keep one and make the others h2."))
        } else if let Some((above, level)) = skipped {
            Finding::bad(format!("An h{level} follows an h{above}: use h{} instead.", above + 1))
        } else if twos < expected {
            Finding::partly(
                f64::from(twos) / f64::from(expected),
                format!("{} words need at least {expected} h2 headings; there are {twos}.", self.words),
            )
        } else {
            Finding::good("The headings are well structured.")
        }
    }

    fn word_count(&self) -> Finding {
        let words = self.words;
        let Some(target) = self.input.target_words.filter(|target| *target > 0) else {
            return if words >= LEAST_WORDS {
                Finding::good(format!("The article has {words} words."))
            } else {
                Finding::partly(
                    f64::from(words) / f64::from(LEAST_WORDS),
                    format!("The article has {words} words; write at least {LEAST_WORDS}."),
                )
            };
        };
        let (wide, target_wide) = (u64::from(words) * 10, u64::from(target));
        if wide < target_wide * 8 {
            let missing = u64::from(target) - u64::from(words);
            Finding::partly(
                f64::from(words) / (f64::from(target) * 0.8),
                format!("The article has {words} of {target} words: add about {missing}."),
            )
        } else if wide > target_wide * 12 {
            let surplus = words - target;
            Finding::partly(
                f64::from(target) * 1.2 / f64::from(words),
                format!("The article has {words} words for a target of {target}: cut about {surplus}."),
            )
        } else {
            Finding::good(format!("The article has {words} words for a target of {target}."))
        }
    }

    fn image_alt_texts(&self) -> Finding {
        let images = &self.outline.images;
        let silent: Vec<&str> = images
            .iter()
            .filter(|image| image.alt.trim().is_empty())
            .map(|image| image.src.as_str())
            .collect();
        if self.words == 0 && images.is_empty() {
            Finding::bad("There is no text to illustrate.")
        } else if silent.is_empty() {
            Finding::good(if images.is_empty() {
                "There are no images to describe."
            } else {
                "Every image has an alternative text."
            })
        } else {
            Finding::partly(
                share(images.len() - silent.len(), images.len()),
                format!("Describe these images in an alternative text: {}.", silent.join(", ")),
            )
        }
    }

    fn links(&self) -> Finding {
        let of_kind = |kind: LinkKind| {
            self.outline.links.iter().filter(|link| link.kind == kind && !link.href.starts_with('#')).count()
        };
        let (internal, external) = (of_kind(LinkKind::Internal), of_kind(LinkKind::External));
        if internal + external == 0 {
            Finding::bad("Link to a related page of the site or to a good source.")
        } else {
            Finding::good(format!("There are {internal} internal and {external} external links."))
        }
    }

    fn readability(&self) -> Finding {
        let prose = if self.outline.paragraphs.is_empty() {
            &self.outline.list_items
        } else {
            &self.outline.paragraphs
        };
        let Some(found) = Readability::of(prose, self.matcher.language) else {
            return Finding::bad("There are no sentences to read.");
        };
        let measured = found.flesch.map_or_else(
            || format!("Sentences are {:.0} words long on average", found.sentence_length),
            |ease| format!("The Flesch reading ease is {ease:.0}"),
        );
        let mut advice = Vec::new();
        if found.sentence_ease < 1.0 {
            advice.push("use shorter sentences and plainer words".to_owned());
        }
        if found.long_paragraphs > 0 {
            advice.push(format!(
                "split the {} longer than {} words",
                paragraphs(found.long_paragraphs),
                found.paragraph_limit
            ));
        }
        if advice.is_empty() {
            Finding::good(format!("{measured}, and no paragraph is too long."))
        } else {
            Finding::partly(
                0.6_f64.mul_add(found.sentence_ease, 0.4 * found.paragraph_ease),
                format!("{measured}: {}.", advice.join(" and ")),
            )
        }
    }
}

fn length(what: &str, text: &str, (least, most): (usize, usize)) -> Finding {
    let characters = text.trim().chars().count();
    // An ideograph says about as much as two letters.
    let columns = characters + text.chars().filter(|character| is_ideograph(*character)).count();
    if characters == 0 {
        Finding::bad(format!("{what} is missing."))
    } else if columns < least {
        Finding::partly(
            share(columns, least),
            format!("{what} has {characters} characters; use at least {least}."),
        )
    } else if characters > most {
        Finding::partly(
            share(most, characters),
            format!("{what} has {characters} characters; search results cut it after {most}."),
        )
    } else {
        Finding::good(format!("{what} has {characters} characters."))
    }
}

fn times(number: usize) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{number} times"),
    }
}

fn paragraphs(number: usize) -> String {
    if number == 1 { "paragraph that is".to_owned() } else { format!("{number} paragraphs that are") }
}

#[expect(clippy::cast_precision_loss, reason = "articles have fewer words than 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
