//! `--seed demo`: two tenants with users of every role that logs in, a site, 500 keywords and a million credits each.
//! Run again it makes nothing twice and says the same.

use anyhow::{Context, Result, bail};
use igny8_core::ids::{AccountId, SectorId, SiteId, UserId};
use igny8_core::paging::Page;
use igny8_core::pipeline::KeywordQuery;
use igny8_core::ports::Directory;
use igny8_core::tenancy::{NewUser, Role, TenantScope};
use igny8_core::{Error, Igny8, NewAccount};
use serde::Serialize;

use crate::credentials;
use crate::operator::Operator;
use crate::secret::JwtSecret;

/// What each tenant has in the end.
const CREDITS: i64 = 1_000_000;
/// How many keywords each tenant gets.
pub const KEYWORDS: usize = 500;
/// The developer's login.
const DEVELOPER: &str = "developer@demo.example";

/// Who may log in, and where everything is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seeded {
    /// Where the server listens.
    pub base_url: String,
    /// A developer, who may enter both tenants.
    pub developer: Login,
    /// The tenants.
    pub tenants: Vec<SeededTenant>,
}

/// A login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The address.
    pub email: String,
    /// The password: the same at every start with the same JWT secret.
    pub password: String,
}

/// A tenant to try things on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeededTenant {
    /// The account's slug.
    pub slug: String,
    /// The account.
    pub account_id: AccountId,
    /// Its site.
    pub site_id: SiteId,
    /// The site's sector, which has the keywords.
    pub sector_id: SectorId,
    /// A user of each role that people have.
    pub users: Vec<SeededUser>,
}

/// A user of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeededUser {
    /// What the user is to the account.
    pub role: Role,
    /// The login.
    #[serde(flatten)]
    pub login: Login,
}

/// What a tenant is about.
struct Subject {
    slug: &'static str,
    name: &'static str,
    sector: &'static str,
    heads: [&'static str; 25],
}

const SUBJECTS: [Subject; 2] = [
    Subject {
        slug: "acme",
        name: "Acme",
        sector: "Tea",
        heads: [
            "green tea",
            "oolong tea",
            "white tea",
            "black tea",
            "matcha",
            "chai",
            "rooibos",
            "herbal tea",
            "iced tea",
            "earl grey",
            "jasmine tea",
            "sencha",
            "puerh tea",
            "chamomile tea",
            "ginger tea",
            "peppermint tea",
            "hibiscus tea",
            "yerba mate",
            "kombucha",
            "loose leaf tea",
            "tea bags",
            "tea infuser",
            "gaiwan",
            "tea pot",
            "bubble tea",
        ],
    },
    Subject {
        slug: "globex",
        name: "Globex",
        sector: "Coffee",
        heads: [
            "espresso",
            "cold brew",
            "pour over coffee",
            "french press",
            "moka pot",
            "aeropress",
            "latte",
            "cappuccino",
            "flat white",
            "decaf coffee",
            "coffee beans",
            "coffee grinder",
            "burr grinder",
            "milk frother",
            "iced coffee",
            "turkish coffee",
            "drip coffee",
            "coffee filter",
            "single origin coffee",
            "dark roast",
            "light roast",
            "coffee machine",
            "espresso machine",
            "coffee capsules",
            "instant coffee",
        ],
    },
];

/// What people ask of a thing, with the intent of asking.
const QUESTIONS: [(&str, &str); 20] = [
    ("{}", "informational"),
    ("what is {}", "informational"),
    ("how to make {}", "informational"),
    ("{} benefits", "informational"),
    ("{} side effects", "informational"),
    ("{} caffeine content", "informational"),
    ("{} recipe", "informational"),
    ("{} at home", "informational"),
    ("{} for beginners", "informational"),
    ("{} history", "informational"),
    ("{} temperature", "informational"),
    ("{} vs water", "commercial"),
    ("best {}", "commercial"),
    ("{} review", "commercial"),
    ("{} brands", "commercial"),
    ("best {} under 50", "commercial"),
    ("buy {}", "transactional"),
    ("{} price", "transactional"),
    ("cheap {} online", "transactional"),
    ("{} near me", "navigational"),
];

/// Makes what is not there yet, sets the passwords, and says all of it.
///
/// # Errors
/// When an account of one of the slugs is not the demo's; the store's.
pub async fn demo(igny8: &Igny8, operator: &Operator, secret: &JwtSecret, base_url: &str) -> Result<Seeded> {
    let system = operator.enter(igny8, operator.account.id).await?;
    let developer = user(igny8, &system, DEVELOPER, Role::Developer).await?;
    let developer = login(igny8, secret, developer, DEVELOPER).await?;
    let mut tenants = Vec::new();
    for subject in &SUBJECTS {
        let seeded = tenant(igny8, operator, secret, subject).await;
        tenants.push(seeded.with_context(|| format!("make the tenant `{}`", subject.slug))?);
    }
    Ok(Seeded { base_url: base_url.to_owned(), developer, tenants })
}

async fn tenant(
    igny8: &Igny8,
    operator: &Operator,
    secret: &JwtSecret,
    subject: &Subject,
) -> Result<SeededTenant> {
    let email = |role: Role| format!("{role}@{}.example", subject.slug);
    if igny8.find_account(subject.slug).await?.is_none() {
        let account = NewAccount::named(subject.name)
            .slug(subject.slug)
            .plan("scale")
            .owner(email(Role::Owner))
            .site(format!("{}.example", subject.slug))
            .sector(subject.sector);
        igny8.provision(account).await?;
    }
    let (account, owner) = igny8.find_account(subject.slug).await?.context("it is not there")?;
    if owner.email != email(Role::Owner) {
        bail!("there is an account of this slug that the demo did not make");
    }
    let scope = igny8.enter(&owner, account.id).await?;
    let sites = igny8.sites(&scope).list().await?;
    let site = sites.first().context("its site is gone")?.id;
    let sectors = igny8.sectors(&scope).list(Some(site)).await?;
    let sector = sectors.first().context("its sector is gone")?.id;

    let mut users =
        vec![SeededUser { role: Role::Owner, login: login(igny8, secret, owner.id, &owner.email).await? }];
    for role in [Role::Admin, Role::Editor, Role::Viewer] {
        let id = user(igny8, &scope, &email(role), role).await?;
        if matches!(role, Role::Editor | Role::Viewer) {
            igny8.account(&scope).grant_site(id, site).await?;
        }
        users.push(SeededUser { role, login: login(igny8, secret, id, &email(role)).await? });
    }
    top_up(igny8, operator, &scope).await?;
    let one = KeywordQuery::default().page(Page::first(1));
    if igny8.keywords(&scope).list(&one).await?.items.is_empty() {
        igny8.keywords(&scope).import_csv(sector, keywords(subject).as_bytes()).await?;
    }
    Ok(SeededTenant {
        slug: subject.slug.to_owned(),
        account_id: account.id,
        site_id: site,
        sector_id: sector,
        users,
    })
}

/// The user with this address, made when there is none.
async fn user(igny8: &Igny8, scope: &TenantScope, email: &str, role: Role) -> Result<UserId> {
    let system = igny8.system("find a demo's user");
    let directory: &dyn Directory = igny8.store();
    match directory.user_by_email(&system, email).await? {
        Some(found) if found.account == scope.account() => Ok(found.id),
        Some(_) => bail!("{email} is another account's user"),
        None => Ok(igny8.users(scope).create(NewUser::new(email, role)).await?.id),
    }
}

async fn login(igny8: &Igny8, secret: &JwtSecret, user: UserId, email: &str) -> Result<Login> {
    let password = secret.derived_password(email);
    credentials::set_password(igny8, user, &password).await?;
    Ok(Login { email: email.to_owned(), password })
}

/// A million credits, with those that the plan has granted, once.
async fn top_up(igny8: &Igny8, operator: &Operator, tenant: &TenantScope) -> Result<()> {
    let scope = operator.enter(igny8, tenant.account()).await?;
    let granted = igny8.account(tenant).plan().await?.effective_credits_per_month();
    match igny8.credits(&scope).add("demo:top-up", CREDITS - granted, "Credits to try things with").await {
        // Topped up before, while the plan granted something else.
        Ok(_) | Err(Error::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The keyword file of a tenant: the same at every call.
fn keywords(subject: &Subject) -> String {
    let mut file = "keyword,volume,difficulty,intent\n".to_owned();
    for (head_at, head) in subject.heads.iter().enumerate() {
        for (question_at, (question, intent)) in QUESTIONS.iter().enumerate() {
            let text = question.replace("{}", head);
            let scatter = (head_at * 131 + question_at * 17 + text.len() * 29) % 97;
            // Short texts are asked for often and are hard to rank for.
            let volume = 90_000 / (1 + head_at) / (1 + question_at * question_at / 4) + scatter * 10;
            let difficulty = (78 - question_at * 3 + scatter / 5).min(100);
            file.push_str(&format!("{text},{volume},{difficulty},{intent}\n"));
        }
    }
    file
}
