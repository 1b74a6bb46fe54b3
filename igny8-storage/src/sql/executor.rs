//! The only way to a table: executors that are made from a scope and bind its account as `$1` by themselves.
//! Each is one transaction; a write ends with `commit`, and a dropped one leaves no trace.

#![allow(clippy::disallowed_methods, reason = "this is the one file that hands statements to the database")]

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

use chrono::{DateTime, Utc};
use igny8_core::ids::{AccountId, SiteId};
use igny8_core::tenancy::{SystemScope, TenantScope};
use igny8_core::{Error, Result};
use sqlx::error::BoxDynError;
use sqlx::{SqlSafeStr, SqlStr, Transaction};

use super::columns::{Parameter, Row, View};
use super::failure::failed;
use super::insert::{Insert, InsertSql, Stored};
use super::listing::{ListSql, Listing};
use super::text::{Text, add};
use super::update::Update;
use super::{Arguments, Connection, Db, Loading, Store};
use crate::secrets::Cipher;
use crate::statement::{SharedSql, SystemSql, TenantSql};

/// Whether a transaction may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// One consistent view, nothing written.
    Read,
    /// The same, and what it tells may be a little old: nothing is decided by it.
    Report,
    /// The right to write from the start, so that what was read still holds when it is written upon: the writes of one
    /// account take turns.
    Write,
    /// Writing that gathers first: the account's turn is taken later, by [`LongWrite::merge`].
    Gather,
}

/// Whose rows a transaction is for; a database with row-level security is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// One account's.
    Account(AccountId),
    /// What crosses tenants: the directory and the queue.
    System,
    /// The catalogue's alone.
    Nobody,
}

/// The connection: the executor's own, or lent by a [`System`] for one account of many.
enum Link<'s> {
    Own(Transaction<'static, Db>),
    Lent(&'s mut Connection),
}

impl Link<'_> {
    fn connection(&mut self) -> &mut Connection {
        match self {
            Self::Own(transaction) => transaction,
            Self::Lent(connection) => connection,
        }
    }

    async fn commit(self, operation: &'static str) -> Result<()> {
        match self {
            Self::Own(transaction) => transaction.commit().await.map_err(|error| failed(operation, error)),
            Self::Lent(_) => Ok(()),
        }
    }
}

/// What a statement is sent along with: the connection, whose rows it reads, what it is for.
pub(crate) struct Line<'q> {
    pub(crate) connection: &'q mut Connection,
    view: View<'q>,
    pub(crate) operation: &'static str,
    /// Whether statements may stay prepared on the connection.
    keeps: bool,
}

impl Line<'_> {
    /// The same for one statement before the last.
    pub(crate) fn again(&mut self) -> Line<'_> {
        let (view, operation, keeps) = (self.view, self.operation, self.keeps);
        Line { connection: self.connection, view, operation, keeps }
    }
}

/// One account's rows, within one transaction. Writing takes a [`Write`] (which is one of these) or an account that a
/// [`SystemWrite`] acts for.
pub(crate) struct Scoped<'s> {
    link: Link<'s>,
    view: View<'s>,
    account: AccountId,
    now: DateTime<Utc>,
    cipher: Option<&'s Cipher>,
    operation: &'static str,
    keeps: bool,
}

impl<'s> Scoped<'s> {
    /// The account that every statement is bound to.
    pub(crate) fn account(&self) -> AccountId {
        self.account
    }

    /// The store's clock at the transaction's beginning, in whole microseconds.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The sites within reach; `None` means all of the account's.
    pub(crate) fn sites(&self) -> Option<&'s BTreeSet<SiteId>> {
        match self.view {
            View::Tenant(scope) => scope.sites(),
            View::System(_) | View::Shared => None,
        }
    }

    /// Checks that the site is within reach; whether it exists is the query's matter.
    pub(crate) fn check_reach(&self, site: SiteId) -> Result<()> {
        match self.sites() {
            Some(sites) if !sites.contains(&site) => Err(Error::not_found("site", site)),
            _ => Ok(()),
        }
    }

    /// The cipher of the store's secrets.
    pub(crate) fn cipher(&self) -> Result<&'s Cipher> {
        self.cipher.ok_or_else(Cipher::missing)
    }

    /// A statement with `$1` bound; the rest is bound in order from `$2`.
    pub(crate) fn query(&mut self, sql: TenantSql) -> Statement<'_> {
        let account = self.account;
        Statement::new(self.line(), sql.text().into_sql_str()).bind(account)
    }

    /// A list by filter, order and page.
    pub(crate) fn list(&mut self, sql: &'static ListSql) -> Listing<'_> {
        let (account, sites) = (self.account, self.sites());
        Listing::new(Text::of_tenant(account), sql, sites, self.line())
    }

    /// Changes some columns of one table's rows.
    pub(crate) fn update(&mut self, table: &'static str) -> Update<'_> {
        let account = self.account;
        Update::new(Text::of_tenant(account), table, self.line())
    }

    /// Inserts many rows at once.
    pub(crate) fn insert(&mut self, sql: &'static InsertSql) -> Insert<'_> {
        let account = self.account;
        Insert::new(account, sql, self.line())
    }

    fn line(&mut self) -> Line<'_> {
        let (view, operation, keeps) = (self.view, self.operation, self.keeps);
        Line { connection: self.link.connection(), view, operation, keeps }
    }
}

/// One account's rows, to be changed: a [`Scoped`] that can commit.
pub(crate) struct Write<'s>(Scoped<'s>);

impl Write<'_> {
    /// Makes everything since the beginning stand.
    pub(crate) async fn commit(self) -> Result<()> {
        self.0.link.commit(self.0.operation).await
    }
}

impl<'s> Deref for Write<'s> {
    type Target = Scoped<'s>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Write<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// A write that outlives the call that began it and borrows nothing: an import under way.
pub(crate) struct LongWrite {
    store: Store,
    scope: TenantScope,
    transaction: Transaction<'static, Db>,
    loading: Loading,
    now: DateTime<Utc>,
    operation: &'static str,
}

impl LongWrite {
    /// The account's rows within this transaction.
    pub(crate) fn scoped(&mut self) -> Scoped<'_> {
        Scoped {
            view: View::Tenant(&self.scope),
            account: self.scope.account(),
            now: self.now,
            cipher: self.store.cipher(),
            operation: self.operation,
            keeps: self.store.keeps_statements(),
            link: Link::Lent(&mut self.transaction),
        }
    }

    /// Sends rows to their table, or to where [`merge`](Self::merge) takes them from.
    pub(crate) async fn load<R: Stored>(&mut self, sql: &'static InsertSql, rows: &[R]) -> Result<()> {
        let (account, keeps) = (self.scope.account(), self.store.keeps_statements());
        let (view, operation) = (View::Tenant(&self.scope), self.operation);
        let line = Line { connection: &mut self.transaction, view, operation, keeps };
        self.loading.load(account, sql, rows, line).await
    }

    /// Takes the account's turn to write and sees to it that every row sent is in its table, where `key` tells rows of the
    /// sector apart. What was read before may have changed since.
    pub(crate) async fn merge(&mut self, sql: &'static InsertSql, key: &'static str) -> Result<()> {
        let (account, operation) = (self.scope.account(), self.operation);
        let taken = self.store.take_turn(&mut self.transaction, account).await;
        taken.map_err(|error| failed(operation, error))?;
        let merged = self.loading.merge(&mut self.transaction, sql, key).await;
        merged.map_err(|error| failed(operation, error))
    }

    /// Makes everything since the beginning stand.
    pub(crate) async fn commit(self) -> Result<()> {
        self.transaction.commit().await.map_err(|error| failed(self.operation, error))
    }
}

/// Rows of any account, within one transaction.
pub(crate) struct System<'s> {
    store: &'s Store,
    link: Link<'s>,
    scope: &'s SystemScope,
    access: Access,
    now: DateTime<Utc>,
    operation: &'static str,
}

impl<'s> System<'s> {
    /// The store's clock at the transaction's beginning, in whole microseconds.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A statement; everything is bound in order from `$1`.
    pub(crate) fn query(&mut self, sql: SystemSql) -> Statement<'_> {
        let (view, operation) = (View::System(self.scope), self.operation);
        let keeps = self.store.keeps_statements();
        let line = Line { connection: self.link.connection(), view, operation, keeps };
        Statement::new(line, sql.text().into_sql_str())
    }

    /// One account's rows within this transaction, for work that tenants' own methods do as well.
    pub(crate) async fn within(&mut self, account: AccountId) -> Result<Scoped<'_>> {
        let entered = self.store.enter(self.link.connection(), self.access, account).await;
        entered.map_err(|error| failed(self.operation, error))?;
        Ok(Scoped {
            view: View::System(self.scope),
            account,
            now: self.now,
            cipher: None,
            operation: self.operation,
            keeps: self.store.keeps_statements(),
            link: Link::Lent(self.link.connection()),
        })
    }
}

/// Rows of any account, to be changed: a [`System`] that can commit.
pub(crate) struct SystemWrite<'s>(System<'s>);

impl SystemWrite<'_> {
    /// Makes everything since the beginning stand.
    pub(crate) async fn commit(self) -> Result<()> {
        self.0.link.commit(self.0.operation).await
    }
}

impl<'s> Deref for SystemWrite<'s> {
    type Target = System<'s>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for SystemWrite<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// The shared catalogue, to be read without a scope.
pub(crate) struct Shared {
    transaction: Transaction<'static, Db>,
    operation: &'static str,
    keeps: bool,
}

impl Shared {
    /// A statement; everything is bound in order from `$1`.
    pub(crate) fn query(&mut self, sql: SharedSql) -> Statement<'_> {
        let (operation, keeps) = (self.operation, self.keeps);
        let line = Line { connection: &mut self.transaction, view: View::Shared, operation, keeps };
        Statement::new(line, sql.text().into_sql_str())
    }
}

impl Store {
    /// Reads one account's rows. `operation` completes "the store failed to …".
    pub(crate) async fn read<'s>(
        &'s self,
        scope: &'s TenantScope,
        operation: &'static str,
    ) -> Result<Scoped<'s>> {
        self.scoped(Access::Read, scope, operation).await
    }

    /// Reads one account's rows for people to look at, perhaps a little later than they were written.
    pub(crate) async fn report<'s>(
        &'s self,
        scope: &'s TenantScope,
        operation: &'static str,
    ) -> Result<Scoped<'s>> {
        self.scoped(Access::Report, scope, operation).await
    }

    /// Changes one account's rows. `operation` completes "the store failed to …".
    pub(crate) async fn write<'s>(
        &'s self,
        scope: &'s TenantScope,
        operation: &'static str,
    ) -> Result<Write<'s>> {
        self.scoped(Access::Write, scope, operation).await.map(Write)
    }

    /// Changes one account's rows over several calls. `operation` completes "the store failed to …".
    pub(crate) async fn long_write(&self, scope: &TenantScope, operation: &'static str) -> Result<LongWrite> {
        let account = scope.account();
        let begun = self.begin(Access::Gather, Whose::Account(account)).await;
        let (transaction, now) = begun.map_err(|error| failed(operation, error))?;
        Ok(LongWrite {
            store: self.clone(),
            scope: scope.clone(),
            transaction,
            loading: Loading::default(),
            now,
            operation,
        })
    }

    /// Reads rows of any account.
    pub(crate) async fn system_read<'s>(
        &'s self,
        scope: &'s SystemScope,
        operation: &'static str,
    ) -> Result<System<'s>> {
        self.system(Access::Read, scope, operation).await
    }

    /// Changes rows of any account.
    pub(crate) async fn system_write<'s>(
        &'s self,
        scope: &'s SystemScope,
        operation: &'static str,
    ) -> Result<SystemWrite<'s>> {
        self.system(Access::Write, scope, operation).await.map(SystemWrite)
    }

    /// Notes what nothing else hangs on, and keeps no account's writes waiting for it.
    pub(crate) async fn system_note<'s>(
        &'s self,
        scope: &'s SystemScope,
        operation: &'static str,
    ) -> Result<SystemWrite<'s>> {
        self.system(Access::Gather, scope, operation).await.map(SystemWrite)
    }

    /// Reads the catalogue.
    pub(crate) async fn shared(&self, operation: &'static str) -> Result<Shared> {
        let (transaction, _) =
            self.begin(Access::Read, Whose::Nobody).await.map_err(|error| failed(operation, error))?;
        Ok(Shared { transaction, operation, keeps: self.keeps_statements() })
    }

    async fn scoped<'s>(
        &'s self,
        access: Access,
        scope: &'s TenantScope,
        operation: &'static str,
    ) -> Result<Scoped<'s>> {
        let account = scope.account();
        let begun = self.begin(access, Whose::Account(account)).await;
        let (transaction, now) = begun.map_err(|error| failed(operation, error))?;
        Ok(Scoped {
            link: Link::Own(transaction),
            view: View::Tenant(scope),
            account,
            now,
            cipher: self.cipher(),
            operation,
            keeps: self.keeps_statements(),
        })
    }

    async fn system<'s>(
        &'s self,
        access: Access,
        scope: &'s SystemScope,
        operation: &'static str,
    ) -> Result<System<'s>> {
        let begun = self.begin(access, Whose::System).await;
        let (transaction, now) = begun.map_err(|error| failed(operation, error))?;
        Ok(System { store: self, link: Link::Own(transaction), scope, access, now, operation })
    }
}

/// A statement with its values, ready to be run.
#[must_use = "a statement does nothing until it is run"]
pub(crate) struct Statement<'q> {
    line: Line<'q>,
    sql: SqlStr,
    arguments: Result<Arguments, BoxDynError>,
    kept: bool,
}

impl<'q> Statement<'q> {
    fn new(line: Line<'q>, sql: SqlStr) -> Self {
        Self { kept: line.keeps, line, sql, arguments: Ok(Arguments::default()) }
    }

    /// A statement that was put together by a builder; `kept` prepared when the same text will come again.
    pub(super) fn composed(line: Line<'q>, text: Text, kept: bool) -> Self {
        let (sql, arguments) = text.into_parts();
        let sql = sqlx::AssertSqlSafe(sql).into_sql_str();
        Self { kept: kept && line.keeps, line, sql, arguments }
    }

    /// Binds the next value.
    pub(crate) fn bind<'t, P: Parameter<'t>>(mut self, value: P) -> Self {
        add(&mut self.arguments, value);
        self
    }

    /// Runs it; the answer is how many rows it touched.
    pub(crate) async fn execute(self) -> Result<u64> {
        let operation = self.line.operation;
        let (query, connection, _) = self.prepare()?;
        let done = query.execute(connection).await.map_err(|error| failed(operation, error))?;
        Ok(done.rows_affected())
    }

    /// Every row of the answer.
    pub(crate) async fn all<T>(self, mut each: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let operation = self.line.operation;
        let (query, connection, view) = self.prepare()?;
        let rows = query.fetch_all(connection).await.map_err(|error| failed(operation, error))?;
        rows.iter().map(|row| each(&Row::new(row, view, operation))).collect()
    }

    /// The first row of the answer, if there is one.
    pub(crate) async fn optional<T>(self, each: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<Option<T>> {
        let operation = self.line.operation;
        let (query, connection, view) = self.prepare()?;
        let row = query.fetch_optional(connection).await.map_err(|error| failed(operation, error))?;
        row.map(|row| each(&Row::new(&row, view, operation))).transpose()
    }

    /// The one row of an answer that always has one, such as a sum's.
    pub(crate) async fn one<T>(self, each: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        let operation = self.line.operation;
        let row = self.optional(each).await?;
        row.ok_or_else(|| failed(operation, sqlx::Error::RowNotFound))
    }

    /// Whether the answer has a row.
    pub(crate) async fn exists(self) -> Result<bool> {
        self.optional(|_| Ok(())).await.map(|row| row.is_some())
    }

    fn prepare(self) -> Result<(sqlx::query::Query<'q, Db, Arguments>, &'q mut Connection, View<'q>)> {
        let Line { connection, view, operation, .. } = self.line;
        let arguments = self.arguments.map_err(|fault| failed(operation, sqlx::Error::Encode(fault)))?;
        Ok((sqlx::query_with(self.sql, arguments).persistent(self.kept), connection, view))
    }
}
