//! Plans: what an account may have and use.
//! A limit that is `None` does not bind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::error::{Error, FieldErrors, Result};
use crate::ids::PlanId;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a plan limits.
    pub enum Limit as "limit" {
        /// Users of the account.
        Users = "users",
        /// Sites of the account.
        Sites = "sites",
        /// Keywords of the account.
        Keywords = "keywords",
        /// Clusters of the account.
        Clusters = "clusters",
        /// Content ideas of the account.
        ContentIdeas = "content ideas",
        /// Calls to AI providers since midnight UTC.
        AiRequests = "AI requests a day",
        /// Words written since the first of the month, UTC.
        Words = "words a month",
        /// Images made since the first of the month, UTC.
        Images = "images a month",
    }
}

/// A named set of limits. Table `igny8_plans`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Identifier.
    pub id: PlanId,
    /// Display name.
    pub name: String,
    /// Unique among all plans.
    pub slug: String,
    /// Most users.
    pub max_users: Option<u64>,
    /// Most sites.
    pub max_sites: Option<u64>,
    /// Most keywords.
    pub max_keywords: Option<u64>,
    /// Most clusters.
    pub max_clusters: Option<u64>,
    /// Most content ideas.
    pub max_content_ideas: Option<u64>,
    /// Most provider calls a day.
    pub max_ai_requests_per_day: Option<u64>,
    /// Most words written a month.
    pub max_words_per_month: Option<u64>,
    /// Most images made a month.
    pub max_images_per_month: Option<u64>,
    /// Credits granted each month.
    pub credits_per_month: Option<Credits>,
    /// When set, even to 0, it wins over `credits_per_month`.
    pub included_credits: Option<Credits>,
    /// Whether new accounts may choose it. Those that have it keep it, and an operator may still give it to one.
    pub is_active: bool,
}

impl Plan {
    /// Checks name, slug and that no credit figure is negative.
    ///
    /// # Errors
    /// Complaints on the fields that are wrong.
    pub fn clean(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::new();
        errors.collect(super::check_name("name", &self.name));
        errors.collect(super::check_slug("slug", &self.slug));
        for (field, credits) in
            [("credits_per_month", self.credits_per_month), ("included_credits", self.included_credits)]
        {
            errors.require(credits.is_none_or(|credits| credits >= 0), field, "must not be negative");
        }
        errors.require(self.max_users != Some(0), "max_users", "must allow the owner: at least 1");
        errors.into_result()
    }

    /// Credits granted each month: `included_credits` when set, else `credits_per_month`, else none.
    #[must_use]
    pub fn effective_credits_per_month(&self) -> Credits {
        self.included_credits.or(self.credits_per_month).unwrap_or(0)
    }

    /// What the plan allows of this.
    #[must_use]
    pub const fn limit(&self, limit: Limit) -> Option<u64> {
        match limit {
            Limit::Users => self.max_users,
            Limit::Sites => self.max_sites,
            Limit::Keywords => self.max_keywords,
            Limit::Clusters => self.max_clusters,
            Limit::ContentIdeas => self.max_content_ideas,
            Limit::AiRequests => self.max_ai_requests_per_day,
            Limit::Words => self.max_words_per_month,
            Limit::Images => self.max_images_per_month,
        }
    }

    /// Whether `adding` more fit beside those `used`.
    ///
    /// # Errors
    /// [`Error::PlanLimit`] when they do not.
    pub fn admit(&self, limit: Limit, used: u64, adding: u64) -> Result<()> {
        match self.limit(limit) {
            Some(allowed) if used.saturating_add(adding) > allowed => {
                Err(Error::PlanLimit { limit, used, allowed })
            }
            _ => Ok(()),
        }
    }
}

/// What an account has and has used, against its plan's limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlanUsage {
    /// Users of the account.
    pub users: u64,
    /// Sites.
    pub sites: u64,
    /// Keywords.
    pub keywords: u64,
    /// Clusters.
    pub clusters: u64,
    /// Content ideas.
    pub content_ideas: u64,
    /// Provider calls since midnight UTC, and those that runs under way have announced.
    pub ai_requests: u64,
    /// Words written since the first of the month, UTC.
    pub words: u64,
    /// Images made since the first of the month, UTC.
    pub images: u64,
}

impl PlanUsage {
    /// How much of this is used.
    #[must_use]
    pub const fn used(&self, limit: Limit) -> u64 {
        match limit {
            Limit::Users => self.users,
            Limit::Sites => self.sites,
            Limit::Keywords => self.keywords,
            Limit::Clusters => self.clusters,
            Limit::ContentIdeas => self.content_ideas,
            Limit::AiRequests => self.ai_requests,
            Limit::Words => self.words,
            Limit::Images => self.images,
        }
    }
}

/// The plans a new store starts with: free, starter, growth, scale, unlimited. Ids are fixed, so seeding twice changes nothing.
#[must_use]
pub fn seed_plans() -> Vec<Plan> {
    const LIMITED: [(&str, [u64; 8], Credits); 4] = [
        ("free", [1, 1, 100, 20, 30, 50, 10_000, 10], 100),
        ("starter", [3, 3, 1_000, 100, 300, 500, 100_000, 100], 1_000),
        ("growth", [10, 10, 10_000, 1_000, 3_000, 5_000, 500_000, 500], 5_000),
        ("scale", [50, 50, 100_000, 10_000, 30_000, 50_000, 3_000_000, 3_000], 30_000),
    ];
    let mut plans: Vec<Plan> = LIMITED
        .iter()
        .enumerate()
        .map(|(at, (slug, limits, credits))| {
            let [users, sites, keywords, clusters, ideas, requests, words, images] = limits.map(Some);
            Plan {
                id: seeded_id(at),
                name: capitalised(slug),
                slug: (*slug).to_owned(),
                max_users: users,
                max_sites: sites,
                max_keywords: keywords,
                max_clusters: clusters,
                max_content_ideas: ideas,
                max_ai_requests_per_day: requests,
                max_words_per_month: words,
                max_images_per_month: images,
                credits_per_month: Some(*credits),
                included_credits: None,
                is_active: true,
            }
        })
        .collect();
    plans.push(Plan {
        id: seeded_id(LIMITED.len()),
        name: "Unlimited".to_owned(),
        slug: "unlimited".to_owned(),
        max_users: None,
        max_sites: None,
        max_keywords: None,
        max_clusters: None,
        max_content_ideas: None,
        max_ai_requests_per_day: None,
        max_words_per_month: None,
        max_images_per_month: None,
        credits_per_month: None,
        included_credits: None,
        is_active: true,
    });
    plans
}

fn seeded_id(at: usize) -> PlanId {
    PlanId::from_uuid(uuid::Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0001 + at as u64))
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn included_credits_win_even_when_zero() {
        let mut plan = seed_plans().remove(1);
        assert_eq!(plan.effective_credits_per_month(), 1_000);
        plan.included_credits = Some(0);
        assert_eq!(plan.effective_credits_per_month(), 0);
    }

    #[test]
    fn limits_name_what_is_used_and_allowed() {
        let free = seed_plans().remove(0);
        assert!(free.clean().is_ok());
        assert!(free.admit(Limit::Keywords, 99, 1).is_ok());
        let refused = free.admit(Limit::Keywords, 100, 1);
        assert!(matches!(refused, Err(Error::PlanLimit { limit: Limit::Keywords, used: 100, allowed: 100 })));
        let unlimited = seed_plans().pop().unwrap();
        assert!(unlimited.admit(Limit::Keywords, u64::MAX, 1).is_ok());
    }
}
