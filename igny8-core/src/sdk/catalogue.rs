//! The catalogue that all tenants share: plans and industries. It is seeded once; reading it afterwards writes nothing.

use std::sync::atomic::Ordering;

use super::Igny8;
use crate::error::Result;
use crate::ids::PlanId;
use crate::tenancy::{Industry, IndustrySector, Plan, SystemScope, seed_industries, seed_plans};

impl Igny8 {
    /// The plans on offer and those no longer offered, in the order they were made.
    ///
    /// # Errors
    /// The store's.
    pub async fn plans(&self) -> Result<Vec<Plan>> {
        let plans = self.services.store.plans().await?;
        if !plans.is_empty() {
            return Ok(plans);
        }
        self.seed_catalogue().await?;
        self.services.store.plans().await
    }

    /// Creates or replaces a plan: an operator's act.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid); [`Error::Conflict`](crate::Error::Conflict) when the slug is another plan's.
    pub async fn save_plan(&self, plan: Plan) -> Result<PlanId> {
        plan.clean()?;
        let id = plan.id;
        self.services.store.save_plan(&self.system("save a plan"), plan).await?;
        Ok(id)
    }

    /// The industries of the catalogue with their sector templates.
    ///
    /// # Errors
    /// The store's.
    pub async fn industries(&self) -> Result<Vec<(Industry, Vec<IndustrySector>)>> {
        let mut industries = self.services.store.industries().await?;
        if industries.is_empty() {
            self.seed_catalogue().await?;
            industries = self.services.store.industries().await?;
        }
        let mut all = Vec::new();
        for industry in industries {
            let sectors = self.services.store.industry_sectors(industry.id).await?;
            all.push((industry, sectors));
        }
        Ok(all)
    }

    /// Whether the store answers. It only reads, so it waits for nobody who writes.
    ///
    /// # Errors
    /// The store's.
    pub async fn check_ready(&self) -> Result<()> {
        self.services.store.plans().await.map(drop)
    }

    /// Writes what ships of the catalogue and is not there yet, once in this handle's life.
    pub(super) async fn seed_catalogue(&self) -> Result<()> {
        if self.services.catalogue_seeded.load(Ordering::Relaxed) {
            return Ok(());
        }
        let system = SystemScope::open_quietly("seed the catalogue");
        self.services.store.seed(&system, seed_plans(), seed_industries()).await?;
        self.services.catalogue_seeded.store(true, Ordering::Relaxed);
        Ok(())
    }
}
