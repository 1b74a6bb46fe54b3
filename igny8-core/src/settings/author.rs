//! Author profiles: the tone and language articles are written in.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::FieldErrors;
use crate::ids::AuthorProfileId;
use crate::tenancy::{TenantKey, check_name};
use crate::vocabulary::{Tone, Vocabularies};

/// An author profile. Table `igny8_author_profiles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuthorProfile {
    /// Identifier.
    pub id: AuthorProfileId,
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// Display name, unique within the account.
    pub name: String,
    /// Who the author is and for whom they write.
    pub description: String,
    /// The voice.
    pub tone: Tone,
    /// BCP 47 tag, such as `en` or `pt-BR`.
    pub language: String,
    /// Whether it serves sites and sectors that name none; at most one of the account does.
    pub is_default: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// An author profile to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAuthorProfile {
    /// Display name; 1 to 255 characters.
    pub name: String,
    /// Who the author is.
    pub description: String,
    /// The voice.
    pub tone: Tone,
    /// BCP 47 tag.
    pub language: String,
    /// Whether it serves sites and sectors that name none; the one before it then no longer does.
    pub is_default: bool,
}

impl NewAuthorProfile {
    /// The checked profile.
    ///
    /// # Errors
    /// Complaints on `name`, `tone` or `language`.
    pub fn checked(mut self, vocabularies: &Vocabularies) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(name) = errors.collect(check_name("name", &self.name)) {
            self.name = name;
        }
        errors.collect(vocabularies.check_tone(&self.tone));
        errors.collect(check_language(&self.language));
        errors.into_result().map(|()| self)
    }
}

/// What may be changed on an author profile; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorProfileChange {
    /// Display name.
    pub name: Option<String>,
    /// Who the author is.
    pub description: Option<String>,
    /// The voice.
    pub tone: Option<Tone>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Whether it serves sites and sectors that name none.
    pub is_default: Option<bool>,
}

impl AuthorProfileChange {
    /// The checked change.
    ///
    /// # Errors
    /// Complaints on `name`, `tone` or `language`.
    pub fn checked(mut self, vocabularies: &Vocabularies) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(name) = &self.name {
            self.name = errors.collect(check_name("name", name));
        }
        if let Some(tone) = &self.tone {
            errors.collect(vocabularies.check_tone(tone));
        }
        if let Some(language) = &self.language {
            errors.collect(check_language(language));
        }
        errors.into_result().map(|()| self)
    }
}

fn check_language(tag: &str) -> Result<(), FieldErrors> {
    let mut parts = tag.split('-');
    let primary = parts.next().is_some_and(|part| {
        (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    let rest = parts
        .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if primary && rest {
        Ok(())
    } else {
        Err(FieldErrors::one("language", "must be a language tag such as `en` or `pt-BR`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_tags() {
        assert!(check_language("en").is_ok() && check_language("zh-Hant-TW").is_ok());
        assert!(check_language("English").is_err() && check_language("").is_err());
    }
}
