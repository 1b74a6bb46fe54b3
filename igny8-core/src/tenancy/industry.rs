//! The shared catalogue of industries and the sector templates that each offers.

use schemars::JsonSchema;
use serde::Serialize;

use crate::ids::{IndustryId, IndustrySectorId};

/// An industry of the catalogue. Table `igny8_industries`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Industry {
    /// Identifier.
    pub id: IndustryId,
    /// Display name.
    pub name: String,
    /// Unique.
    pub slug: String,
    /// What it covers.
    pub description: String,
    /// Whether it is offered.
    pub is_active: bool,
}

/// A sector template of an industry. Table `igny8_industry_sectors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IndustrySector {
    /// Identifier.
    pub id: IndustrySectorId,
    /// The industry.
    pub industry: IndustryId,
    /// Display name.
    pub name: String,
    /// Unique within the industry.
    pub slug: String,
    /// Keywords to start from.
    pub suggested_keywords: Vec<String>,
}

/// An industry of the seed list with its sectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedIndustry {
    /// The industry.
    pub industry: Industry,
    /// Its sector templates.
    pub sectors: Vec<IndustrySector>,
}

type SectorSeed = (&'static str, &'static [&'static str]);

const SEEDS: &[(&str, &str, &[SectorSeed])] = &[
    (
        "Health and Wellness",
        "Conditions, care, nutrition and fitness",
        &[
            ("Women's Health", &["menopause symptoms", "perimenopause age", "pcos diet"]),
            ("Nutrition", &["high protein breakfast", "anti inflammatory foods"]),
            ("Fitness", &["strength training for beginners", "home workout plan"]),
        ],
    ),
    (
        "Finance",
        "Banking, investing, insurance and tax",
        &[
            ("Personal Banking", &["open bank account online", "card not working"]),
            ("Investing", &["index funds for beginners", "dividend stocks"]),
            ("Insurance", &["term life insurance", "car insurance quotes"]),
        ],
    ),
    (
        "Software and Technology",
        "Products, development and infrastructure",
        &[
            ("Developer Tools", &["code review checklist", "ci cd pipeline"]),
            ("Cybersecurity", &["phishing examples", "password manager"]),
            ("Artificial Intelligence", &["prompt engineering", "vector database"]),
        ],
    ),
    (
        "E-commerce and Retail",
        "Shops, products and logistics",
        &[
            ("Fashion", &["capsule wardrobe", "running shoes for flat feet"]),
            ("Home and Kitchen", &["cast iron skillet care", "best espresso machine"]),
            ("Consumer Electronics", &["noise cancelling headphones", "laptop for students"]),
        ],
    ),
    (
        "Food and Drink",
        "Recipes, restaurants and beverages",
        &[
            ("Tea", &["green tea benefits", "how to brew oolong"]),
            ("Coffee", &["pour over ratio", "cold brew at home"]),
            ("Recipes", &["easy weeknight dinners", "sourdough starter"]),
        ],
    ),
    (
        "Travel and Hospitality",
        "Destinations, planning and stays",
        &[
            ("City Guides", &["things to do in lisbon", "tokyo itinerary"]),
            ("Hotels", &["boutique hotels", "hotel check in time"]),
            ("Outdoor Travel", &["national park camping", "hiking packing list"]),
        ],
    ),
    (
        "Real Estate and Home",
        "Buying, renting, building and renovating",
        &[
            ("Home Buying", &["first time home buyer", "closing costs"]),
            ("Renovation", &["kitchen remodel cost", "how to tile a bathroom"]),
            ("Gardening", &["raised garden beds", "when to plant tomatoes"]),
        ],
    ),
    (
        "Education",
        "Courses, schools and skills",
        &[
            ("Online Courses", &["learn python", "project management course"]),
            ("Languages", &["learn spanish fast", "english grammar exercises"]),
            ("Test Preparation", &["sat study plan", "ielts writing tips"]),
        ],
    ),
    (
        "Professional Services",
        "Law, accounting, marketing and consulting",
        &[
            ("Legal", &["small claims court", "how to form an llc"]),
            ("Accounting", &["small business bookkeeping", "tax deductions"]),
            ("Marketing", &["keyword research", "content calendar"]),
        ],
    ),
    (
        "Automotive",
        "Cars, parts and maintenance",
        &[
            ("Electric Vehicles", &["ev charging at home", "electric car range"]),
            ("Maintenance", &["oil change interval", "brake pad replacement"]),
        ],
    ),
];

/// The industries a new store starts with. Ids are fixed, so seeding twice changes nothing.
#[must_use]
pub fn seed_industries() -> Vec<SeedIndustry> {
    SEEDS
        .iter()
        .zip(1_u64..)
        .map(|((name, description, sectors), number)| {
            let id = IndustryId::from_uuid(seeded(number, 0));
            SeedIndustry {
                industry: Industry {
                    id,
                    name: (*name).to_owned(),
                    slug: super::slugify(name, "industry"),
                    description: (*description).to_owned(),
                    is_active: true,
                },
                sectors: sectors
                    .iter()
                    .zip(1_u64..)
                    .map(|((sector, keywords), at)| IndustrySector {
                        id: IndustrySectorId::from_uuid(seeded(number, at)),
                        industry: id,
                        name: (*sector).to_owned(),
                        slug: super::slugify(sector, "sector"),
                        suggested_keywords: keywords.iter().map(|&keyword| keyword.to_owned()).collect(),
                    })
                    .collect(),
            }
        })
        .collect()
}

fn seeded(industry: u64, sector: u64) -> uuid::Uuid {
    uuid::Uuid::from_u64_pair(0x0190_0000_0001_7000, 0x8000_0000_0000_0000 | (industry << 16) | sector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_distinct_slugs_and_ids() {
        let seeds = seed_industries();
        assert!(seeds.len() >= 8);
        let slugs: std::collections::BTreeSet<_> = seeds.iter().map(|seed| &seed.industry.slug).collect();
        assert_eq!(slugs.len(), seeds.len());
        let ids: std::collections::BTreeSet<_> =
            seeds.iter().flat_map(|seed| seed.sectors.iter().map(|sector| sector.id)).collect();
        assert_eq!(ids.len(), seeds.iter().map(|seed| seed.sectors.len()).sum::<usize>());
    }
}
