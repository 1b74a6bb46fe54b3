//! The account's own prompts, at most one a type.

use async_trait::async_trait;
use igny8_core::ids::PromptId;
use igny8_core::ports::Prompts;
use igny8_core::settings::{AiPrompt, PromptType};
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Result};

use super::Store;
use super::columns::Row;
use crate::statement::TenantSql;

const ALL: TenantSql =
    TenantSql::new("SELECT * FROM igny8_ai_prompts WHERE account_id = $1 ORDER BY prompt_type");
const BY_ID: TenantSql = TenantSql::new("SELECT * FROM igny8_ai_prompts WHERE account_id = $1 AND id = $2");
const BY_TYPE: TenantSql =
    TenantSql::new("SELECT * FROM igny8_ai_prompts WHERE account_id = $1 AND prompt_type = $2");
const SAVE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_ai_prompts (account_id, id, prompt_type, prompt_value, function_name, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $6)
     ON CONFLICT (account_id, prompt_type) DO UPDATE SET prompt_value = excluded.prompt_value,
         function_name = excluded.function_name, updated_at = excluded.updated_at
     RETURNING *",
);
const DELETE: TenantSql =
    TenantSql::new("DELETE FROM igny8_ai_prompts WHERE account_id = $1 AND prompt_type = $2");

#[async_trait]
impl Prompts for Store {
    async fn list_prompts(&self, scope: &TenantScope) -> Result<Vec<AiPrompt>> {
        self.read(scope, "list prompts").await?.query(ALL).all(prompt).await
    }

    async fn get_prompt(&self, scope: &TenantScope, id: PromptId) -> Result<AiPrompt> {
        let found = self.read(scope, "read a prompt").await?.query(BY_ID).bind(id).optional(prompt).await?;
        found.ok_or_else(|| Error::not_found("prompt", id))
    }

    async fn find_prompt(&self, scope: &TenantScope, prompt_type: PromptType) -> Result<Option<AiPrompt>> {
        let mut db = self.read(scope, "find a prompt").await?;
        db.query(BY_TYPE).bind(prompt_type.as_str()).optional(prompt).await
    }

    async fn save_prompt(
        &self,
        scope: &TenantScope,
        prompt_type: PromptType,
        value: &str,
        function: Option<&str>,
    ) -> Result<AiPrompt> {
        let mut db = self.write(scope, "save a prompt").await?;
        let now = db.now();
        let saved = db
            .query(SAVE)
            .bind(PromptId::new())
            .bind(prompt_type.as_str())
            .bind(value)
            .bind(function)
            .bind(now)
            .one(prompt)
            .await?;
        db.commit().await?;
        Ok(saved)
    }

    async fn delete_prompt(&self, scope: &TenantScope, prompt_type: PromptType) -> Result<()> {
        let mut db = self.write(scope, "delete a prompt").await?;
        db.query(DELETE).bind(prompt_type.as_str()).execute().await?;
        db.commit().await
    }
}

fn prompt(row: &Row<'_>) -> Result<AiPrompt> {
    Ok(AiPrompt {
        id: row.get("id")?,
        tenant: row.tenant()?,
        prompt_type: row.word("prompt_type")?,
        prompt_value: row.get("prompt_value")?,
        function_name: row.get("function_name")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
