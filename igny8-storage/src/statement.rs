//! SQL as the types see it: text that names its tenant, text of the shared catalogue, and text that crosses tenants.
//! The scoped executors take nothing else, so a statement that forgets its tenant does not compile.

/// A statement on one tenant's rows. `$1` is the account; the executor binds it, the caller the rest from `$2`.
///
/// Declared `const`, a text without its tenant is a compile error:
///
/// ```
/// use igny8_storage::statement::TenantSql;
/// const USER: TenantSql = TenantSql::new("SELECT email FROM igny8_users WHERE account_id = $1 AND id = $2");
/// ```
/// ```compile_fail
/// use igny8_storage::statement::TenantSql;
/// const USER: TenantSql = TenantSql::new("SELECT email FROM igny8_users WHERE id = $2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenantSql(&'static str);

impl TenantSql {
    /// A text that reads or changes rows `WHERE … account_id = $1`, or inserts rows whose first column is
    /// `account_id` and whose first value is `$1`.
    ///
    /// # Panics
    /// At compile time when declared `const`: on a text that does not name its tenant.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        let selects = contains(text, "account_id = $1");
        let inserts =
            contains(text, "(account_id") && (contains(text, "VALUES ($1") || contains(text, "SELECT $1"));
        assert!(selects || inserts, "a tenant's statement must hold `account_id = $1` or insert `$1` first");
        Self(text)
    }

    /// The text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.0
    }
}

/// A statement on the shared catalogue: plans, industries and their sectors, the same for every tenant.
///
/// ```compile_fail
/// use igny8_storage::statement::SharedSql;
/// const USERS: SharedSql = SharedSql::new("SELECT email FROM igny8_users");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedSql(&'static str);

impl SharedSql {
    /// A text that names no other table of ours than `igny8_plans`, `igny8_industries` and `igny8_industry_sectors`.
    ///
    /// # Panics
    /// At compile time when declared `const`: on a text that names another table.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        let ours = count(text, "igny8_");
        let shared = count(text, "igny8_plans") + count(text, "igny8_industr");
        assert!(ours == shared, "a statement of the catalogue must not name tenants' tables");
        Self(text)
    }

    /// The text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.0
    }
}

/// A statement that may cross tenants; only an executor made from a `SystemScope` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemSql(&'static str);

impl SystemSql {
    /// Any text.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.0
    }
}

const fn contains(text: &str, part: &str) -> bool {
    count(text, part) > 0
}

const fn count(text: &str, part: &str) -> usize {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let mut found = 0;
    let mut start = 0;
    while start + part.len() <= text.len() {
        let mut at = 0;
        while at < part.len() && text[start + at] == part[at] {
            at += 1;
        }
        if at == part.len() {
            found += 1;
        }
        start += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_name_their_tenant_pass() {
        for text in [
            "SELECT 1 FROM igny8_users u WHERE u.account_id = $1",
            "INSERT INTO igny8_users (account_id, id) VALUES ($1, $2)",
            "INSERT INTO igny8_users (account_id, id) SELECT $1, id FROM igny8_plans",
        ] {
            assert_eq!(TenantSql::new(text).text(), text);
        }
    }

    #[test]
    #[should_panic(expected = "account_id = $1")]
    fn an_insert_of_something_else_first_does_not() {
        let _ = TenantSql::new("INSERT INTO igny8_users (id, account_id) VALUES ($1, $2)");
    }

    #[test]
    #[should_panic(expected = "tenants' tables")]
    fn the_catalogue_is_only_the_catalogue() {
        let _ = SharedSql::new("SELECT * FROM igny8_plans JOIN igny8_accounts ON TRUE");
    }
}
