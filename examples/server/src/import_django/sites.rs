//! Sites, sectors and who may see them, matched by their slugs.
//! Of a site's sectors at most five are active here, the first ones of the source.

use igny8_core::ids::SiteId;
use igny8_core::settings::SecretString;
use igny8_core::tenancy::{
    NewSector, NewSite, Sector, SectorChange, SiteChange, SiteStatus, TenantScope, slugify,
};
use igny8_core::{Error, Result};

use super::accounts::Tenant;
use super::report::{Outcome, TableReport};
use super::row::Row;
use super::words::word;
use super::{Import, SectorHere, account_of};

impl Import<'_> {
    pub(super) async fn site(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let tenant = match self.tenant(row) {
            Ok(tenant) => tenant.clone(),
            Err(outcome) => return Ok(outcome),
        };
        let Some(name) = row.text(&["name", "domain", "slug"]) else {
            return Ok(Outcome::skipped("it has no name"));
        };
        let slug = slugify(&row.text(&["slug"]).unwrap_or_else(|| name.clone()), "site");
        let sites = self.igny8.sites(&tenant.scope);
        let known = sites.list().await?.into_iter().find(|site| site.slug == slug);
        let is_new = known.is_none();
        let id = match known {
            Some(site) => site.id,
            None => {
                let industry = row.int(&["industry_id"]).and_then(|id| self.industries.get(&id).copied());
                let new = NewSite { name, slug: Some(slug), domain: row.text(&["domain"]), industry };
                sites.create(new).await?.id
            }
        };
        self.sites.insert(row.id(), (account_of(row).unwrap_or_default(), id));
        if is_new || tenant.completes {
            self.complete_site(row, table, &tenant, id).await?;
        }
        Ok(Outcome::created_if(is_new))
    }

    async fn complete_site(
        &self,
        row: &Row,
        table: &mut TableReport,
        tenant: &Tenant,
        id: SiteId,
    ) -> Result<()> {
        let sites = self.igny8.sites(&tenant.scope);
        let change = SiteChange {
            is_active: Some(row.truth(&["is_active"], true)),
            status: Some(word(row, "status", SiteStatus::Active, table)),
            wp_url: row.text(&["wp_url"]).map(Some),
            wp_username: row.text(&["wp_username"]).map(Some),
            ..SiteChange::default()
        };
        sites.update(id, change).await?;
        if let Some(password) = row.text(&["wp_app_password"]) {
            let secret = Some(Some(SecretString::from(password)));
            match sites.update(id, SiteChange { wp_app_password: secret, ..SiteChange::default() }).await {
                Err(Error::Configuration(_)) => {
                    table.note(row.id(), "its WordPress password was left out: no IGNY8_SECRETS_KEY is set");
                }
                updated => drop(updated?),
            }
        }
        Ok(())
    }

    pub(super) async fn sector(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let site_id = row.int(&["site_id"]).unwrap_or_default();
        let Some((account, site)) = self.sites.get(&site_id).copied() else {
            return Ok(Outcome::skipped("its site did not come"));
        };
        if account_of(row).is_some_and(|own| own != account) {
            return Ok(Outcome::skipped("its account is not its site's"));
        }
        let Some(tenant) = self.tenants.get(&account).cloned() else {
            return Ok(Outcome::skipped("its account did not come"));
        };
        let Some(name) = row.text(&["name", "slug"]) else { return Ok(Outcome::skipped("it has no name")) };
        let slug = slugify(&row.text(&["slug"]).unwrap_or_else(|| name.clone()), "sector");
        let known = self.igny8.sectors(&tenant.scope).list(Some(site)).await?;
        let known = known.into_iter().find(|sector| sector.slug == slug);
        let is_new = known.is_none();
        let id = match known {
            Some(sector) => sector.id,
            None => {
                let template = row.int(&["industry_sector_id"]);
                let industry_sector = template.and_then(|id| self.industry_sectors.get(&id).copied());
                let new = NewSector { name, slug: Some(slug), industry_sector };
                self.create_inactive(&tenant.scope, site, new).await?.id
            }
        };
        self.sectors.insert(row.id(), SectorHere { account, site: site_id, id });
        if is_new || tenant.completes {
            let status = word(row, "status", SiteStatus::Active, table);
            let change = SectorChange { status: Some(status), ..SectorChange::default() };
            self.igny8.sectors(&tenant.scope).update(id, change).await?;
            if row.truth(&["is_active"], true) {
                self.to_activate.push((row.id(), account, id));
            }
        }
        Ok(Outcome::created_if(is_new))
    }

    /// Creates a sector that is switched off. Creating one takes a place among the five, so one of them steps aside meanwhile.
    async fn create_inactive(&self, scope: &TenantScope, site: SiteId, new: NewSector) -> Result<Sector> {
        let sectors = self.igny8.sectors(scope);
        let switched = |on: bool| SectorChange { is_active: Some(on), ..SectorChange::default() };
        let full = !self.igny8.sites(scope).get(site).await?.can_add_sector();
        let here = sectors.list(Some(site)).await?;
        let aside = here.into_iter().find(|sector| full && sector.is_active);
        if let Some(aside) = &aside {
            sectors.update(aside.id, switched(false)).await?;
        }
        let created = sectors.create(site, new).await;
        if let Ok(created) = &created {
            sectors.update(created.id, switched(false)).await?;
        }
        if let Some(aside) = &aside {
            sectors.update(aside.id, switched(true)).await?;
        }
        created
    }

    /// Switches the sectors on that are on in the source, as far as there are places.
    pub(super) async fn activate_sectors(&mut self, table: &mut TableReport) -> Result<()> {
        for (row, account, id) in std::mem::take(&mut self.to_activate) {
            let Some(tenant) = self.tenants.get(&account) else { continue };
            let on = SectorChange { is_active: Some(true), ..SectorChange::default() };
            match self.igny8.sectors(&tenant.scope).update(id, on).await {
                Err(Error::Conflict { .. }) => {
                    table.note(row, "its site has five active sectors already: it came switched off");
                }
                updated => drop(updated?),
            }
        }
        Ok(())
    }

    pub(super) async fn site_access(&mut self, row: &Row) -> Result<Outcome> {
        let user = row.int(&["user_id"]).and_then(|id| self.users.get(&id).copied());
        let site = row.int(&["site_id"]).and_then(|id| self.sites.get(&id).copied());
        let (Some((account, user)), Some((of_site, site))) = (user, site) else {
            return Ok(Outcome::skipped("its user or its site did not come"));
        };
        if account != of_site {
            return Ok(Outcome::skipped("its site is another account's"));
        }
        let Some(tenant) = self.tenants.get(&account) else {
            return Ok(Outcome::skipped("its account did not come"));
        };
        let room = self.igny8.account(&tenant.scope);
        if room.grants(Some(user)).await?.iter().any(|grant| grant.site == site) {
            return Ok(Outcome::Unchanged);
        }
        room.grant_site(user, site).await?;
        Ok(Outcome::Created)
    }
}
