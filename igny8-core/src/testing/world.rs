//! What every case finds when it begins: an empty store with two funded tenants, and ways to work in them.
//! When it ends, the ledgers of both are verified.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::check::{Failure, Outcome, check};
use super::recorded::Recorded;
use super::tenant::{Tenant, scope_for, system_scope};
use super::work::Work;
use crate::credits::{Credits, Posting, TransactionType, verify};
use crate::ids::{AccountId, SectorId, SiteId, TransactionId, UserId};
use crate::ports::Store;
use crate::runs::{Claim, NewRun, Run, WorkerId};
use crate::tenancy::{NewSector, NewSite, Role, SystemScope, TenantScope};

/// What each tenant has when a case begins.
pub(super) const FUNDS: Credits = 1_000;

/// The function that runs of the suite are for unless a case says otherwise.
pub(super) const FUNCTION: &str = "auto_cluster";

/// Another one.
pub(super) const OTHER_FUNCTION: &str = "generate_ideas";

/// A lease that does not run out while a case lasts.
pub(super) const LONG: Duration = Duration::from_secs(120);

/// A lease that runs out while a case waits for [`PAST_SHORT`].
pub(super) const SHORT: Duration = Duration::from_millis(30);

/// Longer than [`SHORT`].
pub(super) const PAST_SHORT: Duration = Duration::from_millis(60);

/// One case's store with its two tenants.
pub(super) struct World {
    pub(super) store: Arc<dyn Store>,
    pub(super) system: SystemScope,
    /// The tenant that most cases work in; on the plan `unlimited`.
    pub(super) home: Workplace,
    /// Its neighbour, on the same plan.
    pub(super) other: Workplace,
    watch: Box<dyn Fn() -> Watched + Send + Sync>,
}

/// The case's store once more, with a record of its own.
pub(super) struct Watched {
    pub(super) store: Arc<dyn Store>,
    driven: Box<dyn Fn() -> BTreeSet<&'static str> + Send + Sync>,
}

/// A sector that somebody works in.
#[derive(Clone)]
pub(super) struct Workplace {
    pub(super) store: Arc<dyn Store>,
    pub(super) scope: TenantScope,
    pub(super) account: AccountId,
    pub(super) owner: UserId,
    pub(super) site: SiteId,
    pub(super) sector: SectorId,
}

impl World {
    pub(super) async fn open<S: Store>(recorded: Recorded<S>) -> Outcome<Self> {
        let store: Arc<dyn Store> = Arc::new(recorded.clone());
        Ok(Self {
            system: system_scope(),
            home: Workplace::open(&store, "acme", "unlimited").await?,
            other: Workplace::open(&store, "bonobo", "unlimited").await?,
            watch: Box::new(move || {
                let outer = Recorded::new(recorded.clone());
                Watched { store: Arc::new(outer.clone()), driven: Box::new(move || outer.driven()) }
            }),
            store,
        })
    }

    /// The store with a record that begins now.
    pub(super) fn watched(&self) -> Watched {
        (self.watch)()
    }

    /// Every rule of the ledger holds for both tenants.
    pub(super) async fn sound(&self) -> Outcome {
        self.home.sound().await?;
        self.other.sound().await
    }

    /// A worker's question for work of either function.
    pub(super) async fn claim_for(&self, lease: Duration) -> Outcome<Option<Run>> {
        self.claim_of(&[FUNCTION, OTHER_FUNCTION], lease).await
    }

    /// The same for these functions only.
    pub(super) async fn claim_of(&self, functions: &[&str], lease: Duration) -> Outcome<Option<Run>> {
        self.claim_within(None, functions, lease).await
    }

    /// The same under a limit for each account.
    pub(super) async fn claim_within(
        &self,
        per_account: Option<u32>,
        functions: &[&str],
        lease: Duration,
    ) -> Outcome<Option<Run>> {
        let functions = functions.iter().map(|&function| function.to_owned()).collect();
        let claim = Claim { worker: WorkerId::new(), lease, functions, per_account };
        Ok(self.store.claim(&self.system, &claim).await?)
    }

    /// The next run, which must be there, with a lease that lasts.
    pub(super) async fn claim(&self) -> Outcome<Run> {
        self.claim_for(LONG).await?.ok_or_else(|| Failure::new("no run to claim where one is due"))
    }

    /// The next run of [`FUNCTION`] of this place's account, as its worker holds it; others' stay claimed.
    pub(super) async fn claim_at(&self, at: &Workplace) -> Outcome<Work> {
        loop {
            let claimed = self.claim_of(&[FUNCTION], LONG).await?;
            let claimed = claimed.ok_or_else(|| Failure::new("no run to claim where one is due"))?;
            if claimed.tenant.account() == at.account {
                return Ok(Work::of(at, &claimed));
            }
        }
    }

    /// A run just enqueued and claimed, `reserve` credits held.
    pub(super) async fn work(&self, at: &Workplace, reserve: Credits) -> Outcome<Work> {
        self.work_on(at, at.new_run("work", reserve), LONG).await
    }

    /// The run enqueued and claimed for this lease; nothing else may be due.
    pub(super) async fn work_on(&self, at: &Workplace, run: NewRun, lease: Duration) -> Outcome<Work> {
        let enqueued = at.enqueue(run).await?;
        let claimed = self.claim_for(lease).await?.ok_or_else(|| Failure::new("the run is not to be had"))?;
        check!(claimed.id == enqueued.id, "claimed {} where {} is due", claimed.id, enqueued.id);
        Ok(Work::of(at, &claimed))
    }
}

impl Watched {
    /// The methods called through it so far.
    pub(super) fn driven(&self) -> BTreeSet<&'static str> {
        (self.driven)()
    }
}

impl Workplace {
    /// Opens a funded account and stands in its first sector.
    pub(super) async fn open(store: &Arc<dyn Store>, slug: &str, plan: &str) -> Outcome<Self> {
        let Tenant { home, scope } = Tenant::open(store.as_ref(), slug, plan).await?;
        let at = Self {
            store: Arc::clone(store),
            scope,
            account: home.account,
            owner: home.owner.id,
            site: home.site,
            sector: home.sector,
        };
        at.fund(FUNDS).await?;
        Ok(at)
    }

    /// Adds bought credits.
    pub(super) async fn fund(&self, amount: Credits) -> Outcome {
        let posting = Posting {
            transaction_type: TransactionType::Purchase,
            amount,
            description: "Funds of the suite".to_owned(),
            reservation: None,
            idempotency_key: format!("fund-{}", TransactionId::new()),
        };
        self.store.post(&self.scope, posting).await?;
        Ok(())
    }

    /// Every rule of the ledger holds for this tenant.
    pub(super) async fn sound(&self) -> Outcome {
        let breaches = verify(&self.store.ledger(&self.scope).await?);
        check!(breaches.is_empty(), "the ledger is not sound: {breaches:?}");
        Ok(())
    }

    /// Another sector of the same site.
    pub(super) async fn sector_beside(&self, name: &str) -> Outcome<Self> {
        let sector =
            self.store.create_sector(&self.scope, self.site, NewSector::named(name).checked()?).await?;
        Ok(Self { sector: sector.id, ..self.clone() })
    }

    /// A sector of another site of the same account.
    pub(super) async fn site_beside(&self, name: &str) -> Outcome<Self> {
        let site = self.store.create_site(&self.scope, NewSite::named(name).checked()?).await?.id;
        let at = Self { site, ..self.clone() };
        at.sector_beside("First").await
    }

    /// The same place as an editor sees it who was granted this site only.
    pub(super) fn as_editor(&self) -> Self {
        let scope = scope_for(self.account, Some(self.owner), Role::Editor, Some(&[self.site]));
        Self { scope, ..self.clone() }
    }
}
