//! The gate's question of the store, answered in one round trip: the backend's own text looks at both tenants.

use igny8_core::Result;
use igny8_core::identity::Standing;
use igny8_core::ids::{AccountId, UserId};
use igny8_core::tenancy::SystemScope;

use super::Store;
use super::columns::Row;
use super::users::user;
use crate::statement::SystemSql;

const ADMISSION: SystemSql = SystemSql::new(admission!());

pub(super) async fn standing(
    store: &Store,
    system: &SystemScope,
    user: UserId,
    account: Option<AccountId>,
) -> Result<Option<Standing>> {
    let mut db = store.system_read(system, "look up who enters").await?;
    db.query(ADMISSION).bind(user).bind(account).optional(of_row).await
}

fn of_row(row: &Row<'_>) -> Result<Standing> {
    let entered: Option<AccountId> = row.get("entered_id")?;
    Ok(Standing {
        user: user(row)?,
        token_version: row.get("token_version")?,
        home_slug: row.get("home_slug")?,
        account: entered.zip(row.maybe_word("entered_status")?),
        granted: row.json("granted")?,
        active: row.json("active")?,
    })
}
