//! Running text: sentences drawn from the banks, none twice, until a section has the words it should have.

use std::collections::{HashMap, HashSet};

use super::super::chance::{shuffled, stable_hash};
use super::super::expectation::Expectation;
use super::outline::{About, Section};
use super::page::Page;
use super::{Brief, banks, count_words, quoted};

/// Half of a usual sentence: a section ends when no further one would bring it closer to its length.
const HALF_A_SENTENCE: usize = 6;
const SENTENCES_A_PARAGRAPH: usize = 4;
/// Sections from here on are broken by subheadings.
const WORDS_FOR_SUBHEADINGS: usize = 260;
const PARAGRAPHS_A_SUBHEADING: usize = 3;
/// How often another search is mentioned in passing.
const MOST_MENTIONS: usize = 2;
/// Sentences of a section after its first paragraph, over and over.
const COURSE: [&str; 13] = [
    "develop",
    "proof",
    "reader",
    "neighbour",
    "advise",
    "develop",
    "reader",
    "primary",
    "proof",
    "advise",
    "close",
    "develop",
    "reader",
];
/// Where sentences come from when a bank has run dry.
const SPARE: [&str; 4] = ["develop", "reader", "advise", "proof"];

pub(super) struct Prose<'a> {
    brief: &'a Brief,
    primary: String,
    seed: u64,
    drawn: HashMap<&'static str, usize>,
    aspects: Vec<&'static str>,
    next_aspect: usize,
    mentions: Vec<usize>,
    primaries_left: usize,
    said: HashSet<String>,
    subheadings: Vec<&'static str>,
}

impl<'a> Prose<'a> {
    pub(super) fn new(brief: &'a Brief) -> Self {
        let seed = brief.seed();
        let in_order = |lines: &'static [&'static str], salt: u64| {
            shuffled(lines.len(), seed ^ salt).into_iter().filter_map(|at| lines.get(at).copied()).collect()
        };
        let words_of_primary = count_words(&brief.primary).max(1);
        Self {
            brief,
            primary: brief.primary_in_text(),
            seed,
            drawn: HashMap::new(),
            aspects: in_order(banks::sentences("aspects"), 0xA59E),
            next_aspect: 0,
            mentions: vec![0; brief.searches.len()],
            // Two in a hundred words, beside headings and the opening: present, and far from stuffed.
            primaries_left: (brief.words / 50 / words_of_primary).max(2),
            said: HashSet::new(),
            subheadings: in_order(banks::outline("subheadings"), 0x5B8E),
        }
    }

    /// A line of the opening from this bank, with further places filled.
    pub(super) fn opening(&mut self, bank: &'static str, filled: &[(&str, &str)]) -> Option<String> {
        self.draw(bank, filled, true)
    }

    /// The text of a section of about this many words.
    pub(super) fn section(&mut self, page: &mut Page, section: &Section, budget: usize) {
        let began = page.words();
        let (lead, subject, expectation) = match &section.about {
            About::Search(search) => ("lead.search", quoted(search), Expectation::of(search)),
            About::Question(search) => ("lead.question", quoted(search), Expectation::of(search)),
            About::Aspect(aspect) => ("lead.aspect", aspect.clone(), Expectation::Overview),
        };
        let mut first = vec![lead];
        match &section.about {
            About::Search(_) => first.extend([expectation.bank(), "lead.this", expectation.bank()]),
            About::Question(_) => first.extend([expectation.bank(), "develop", expectation.bank()]),
            About::Aspect(_) => first.extend(["develop", "primary", "reader"]),
        }
        let mut order = first.into_iter().chain(COURSE.iter().copied().cycle());
        let has_subheadings = budget >= WORDS_FOR_SUBHEADINGS;
        let mut paragraphs = 0;
        loop {
            let mut sentences: Vec<String> = Vec::new();
            let mut words = 0;
            let is_short = |words: usize| page.words() - began + words + HALF_A_SENTENCE < budget;
            while sentences.len() < SENTENCES_A_PARAGRAPH && is_short(words) {
                let Some(bank) = order.next() else { break };
                let Some(sentence) = self.sentence(bank, &subject) else { break };
                words += count_words(&sentence);
                sentences.push(sentence);
            }
            if sentences.is_empty() {
                return;
            }
            page.paragraph(&sentences);
            paragraphs += 1;
            let left = budget.saturating_sub(page.words() - began);
            if has_subheadings
                && paragraphs % PARAGRAPHS_A_SUBHEADING == 0
                && left > WORDS_FOR_SUBHEADINGS / 3
            {
                let Some(subheading) = self.subheadings.pop() else { continue };
                page.heading(3, subheading);
            }
        }
    }

    /// The answer below a question: what it should be, and how to give it.
    pub(super) fn faq(&mut self, asked: &Section) -> Vec<String> {
        let About::Question(search) = &asked.about else { return vec![] };
        let bank = Expectation::of(search).bank();
        ["lead.question", bank, "faq.more"]
            .into_iter()
            .filter_map(|bank| self.sentence(bank, search))
            .collect()
    }

    /// The last paragraph.
    pub(super) fn summary(&mut self) -> Vec<String> {
        ["summary", "summary"].into_iter().filter_map(|bank| self.draw(bank, &[], true)).collect()
    }

    /// A sentence of this bank, or of a spare one when it has none left.
    fn sentence(&mut self, bank: &'static str, subject: &str) -> Option<String> {
        std::iter::once(bank).chain(SPARE).find_map(|bank| self.draw(bank, &[("s", subject)], false))
    }

    /// The next line of the bank whose places can all be filled and that has not been said.
    fn draw(&mut self, bank: &'static str, filled: &[(&str, &str)], primary_is_free: bool) -> Option<String> {
        let lines = banks::sentences(bank);
        let order = shuffled(lines.len(), self.seed ^ stable_hash(bank));
        for _ in 0..lines.len() * 2 {
            let turn = self.drawn.entry(bank).or_default();
            let line = order.get(*turn % order.len()).and_then(|at| lines.get(*at))?;
            *turn += 1;
            let Some(text) = self.filled(line, filled, primary_is_free) else { continue };
            if self.said.insert(text.clone()) {
                return Some(text);
            }
        }
        None
    }

    /// The line with its places filled, unless something for one of them is lacking.
    fn filled(&mut self, line: &str, filled: &[(&str, &str)], primary_is_free: bool) -> Option<String> {
        let mut text = line.to_owned();
        for (place, value) in filled {
            text = text.replace(&format!("{{{place}}}"), value);
        }
        if text.contains("{p}") {
            if !primary_is_free {
                self.primaries_left = self.primaries_left.checked_sub(1)?;
            }
            text = text.replace("{p}", &self.primary);
        }
        if text.contains("{a}") {
            let aspect = self.aspects.get(self.next_aspect % self.aspects.len().max(1))?;
            self.next_aspect += 1;
            text = text.replace("{a}", aspect);
        }
        if text.contains("{k}") {
            let is_subject = |search: &str| filled.iter().any(|(_, value)| value.contains(search));
            let (mentions, search) = self
                .mentions
                .iter_mut()
                .zip(&self.brief.searches)
                .filter(|(mentions, search)| **mentions < MOST_MENTIONS && !is_subject(search))
                .min_by_key(|(mentions, _)| **mentions)?;
            *mentions += 1;
            text = text.replace("{k}", &quoted(search));
        }
        // A sentence may begin with what was filled in.
        Some(super::super::phrase::capitalised(&text))
    }
}
