//! What each operation costs in credits: a value that the host may replace.

use serde::{Deserialize, Serialize};

use super::Credits;

/// One metered operation with the amount of work it is priced by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Clustering this many keywords.
    AutoCluster {
        /// Keywords put into the call.
        keywords: u64,
    },
    /// Ideas for this many clusters.
    GenerateIdeas {
        /// Clusters.
        clusters: u64,
    },
    /// One article of this many words.
    GenerateContent {
        /// Words produced.
        words: u64,
    },
    /// Image prompts for this many articles.
    GenerateImagePrompts {
        /// Articles.
        contents: u64,
    },
    /// This many images.
    GenerateImages {
        /// Images.
        images: u64,
    },
}

/// The price list, in whole credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditPricing {
    /// Keywords clustered for one credit; each ten started costs one by default.
    pub keywords_per_credit: u64,
    /// Credits for the ideas of one cluster.
    pub per_idea_cluster: Credits,
    /// Words written for one credit; only full hundreds count by default.
    pub words_per_credit: u64,
    /// The least an article costs.
    pub least_per_content: Credits,
    /// Credits for the image prompts of one article.
    pub per_image_prompts: Credits,
    /// Credits for one image.
    pub per_image: Credits,
    /// What a reservation holds above the estimate, in percent.
    pub reserve_margin_percent: u32,
}

impl Default for CreditPricing {
    fn default() -> Self {
        Self {
            keywords_per_credit: 10,
            per_idea_cluster: 2,
            words_per_credit: 100,
            least_per_content: 5,
            per_image_prompts: 1,
            per_image: 5,
            reserve_margin_percent: 20,
        }
    }
}

impl CreditPricing {
    /// What the operation costs.
    #[must_use]
    pub fn price(&self, operation: Operation) -> Credits {
        match operation {
            Operation::AutoCluster { keywords } => whole(keywords.div_ceil(self.keywords_per_credit.max(1))),
            Operation::GenerateIdeas { clusters } => times(self.per_idea_cluster, clusters),
            Operation::GenerateContent { words } => {
                whole(words / self.words_per_credit.max(1)).max(self.least_per_content)
            }
            Operation::GenerateImagePrompts { contents } => times(self.per_image_prompts, contents),
            Operation::GenerateImages { images } => times(self.per_image, images),
        }
    }

    /// An amount of credits in words.
    #[must_use]
    pub fn in_words(amount: Credits) -> String {
        if amount == 1 { "1 credit".to_owned() } else { format!("{amount} credits") }
    }

    /// What a reservation for this estimate holds: the margin on top, rounded up.
    #[must_use]
    pub fn hold(&self, estimate: Credits) -> Credits {
        let margin = estimate.max(0).saturating_mul(Credits::from(self.reserve_margin_percent));
        estimate.max(0).saturating_add(margin.saturating_add(99) / 100)
    }
}

fn whole(amount: u64) -> Credits {
    Credits::try_from(amount).unwrap_or(Credits::MAX)
}

fn times(price: Credits, count: u64) -> Credits {
    price.saturating_mul(whole(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_prices() {
        let prices = CreditPricing::default();
        for (operation, credits) in [
            (Operation::AutoCluster { keywords: 0 }, 0),
            (Operation::AutoCluster { keywords: 1 }, 1),
            (Operation::AutoCluster { keywords: 10 }, 1),
            (Operation::AutoCluster { keywords: 17_606 }, 1_761),
            (Operation::GenerateIdeas { clusters: 3 }, 6),
            (Operation::GenerateContent { words: 120 }, 5),
            (Operation::GenerateContent { words: 1_099 }, 10),
            (Operation::GenerateImagePrompts { contents: 2 }, 2),
            (Operation::GenerateImages { images: 4 }, 20),
        ] {
            assert_eq!(prices.price(operation), credits, "{operation:?}");
        }
        assert_eq!(prices.hold(1), 2);
        assert_eq!(prices.hold(100), 120);
        assert_eq!(prices.hold(0), 0);
    }
}
