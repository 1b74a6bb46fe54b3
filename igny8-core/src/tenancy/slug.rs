//! Slugs: URL-safe names, as they are written, and as they are made of a display name in any script.

use crate::error::FieldErrors;

/// The most characters of a slug.
const MOST: usize = 60;

/// A URL-safe name: lowercase ASCII letters, digits and single hyphens, at most 60 characters. Other scripts are written in
/// Latin letters; `fallback` when nothing is left.
#[must_use]
pub fn slugify(name: &str, fallback: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let composed: String = name.nfkc().collect();
    let mut slug = String::new();
    for character in deunicode::deunicode_with_tofu(&composed, " ").chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !matches!(character, '\'' | '`') && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= MOST {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { fallback.to_owned() } else { slug.to_owned() }
}

/// A slug made of a name that nobody chose a slug for. Names that leave nothing get a suffix of their own, or the second
/// of them would meet the first.
pub(crate) fn derived_slug(name: &str, fallback: &str) -> String {
    let slug = slugify(name, "");
    if slug.is_empty() { with_suffix(fallback) } else { slug }
}

/// The slug with a suffix that no other has.
pub(crate) fn with_suffix(slug: &str) -> String {
    let suffix: String = uuid::Uuid::new_v4().simple().to_string().chars().take(6).collect();
    let kept: String = slug.chars().take(MOST - suffix.len() - 1).collect();
    format!("{}-{suffix}", kept.trim_end_matches('-'))
}

/// Checks that a slug is what [`slugify`] would make of itself.
pub(crate) fn check_slug(field: &str, slug: &str) -> Result<(), FieldErrors> {
    if !slug.is_empty() && slugify(slug, "") == slug {
        Ok(())
    } else {
        Err(FieldErrors::one(field, "must be lowercase letters, digits and single hyphens, at most 60"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain_ascii() {
        for (name, slug) in [
            ("Crème Brûlée & Co.", "creme-brulee-co"),
            ("Cre\u{300}me", "creme"),
            ("Straße", "strasse"),
            ("中文", "zhong-wen"),
            ("Чай и кофе", "chai-i-kofe"),
            ("Women's Health", "womens-health"),
            ("  -- ", "x"),
            ("\u{e000}", "x"),
        ] {
            assert_eq!(slugify(name, "x"), slug, "{name}");
        }
        assert!(check_slug("slug", "Not A Slug").is_err());
        assert!(check_slug("slug", "a-slug-2").is_ok());
        assert!(check_slug("slug", &"a".repeat(61)).is_err());
    }

    #[test]
    fn names_that_leave_nothing_do_not_meet() {
        let (one, other) = (derived_slug("!!!", "account"), derived_slug("!!!", "account"));
        assert!(one.starts_with("account-") && one != other, "{one} {other}");
        assert_eq!(check_slug("slug", &one), Ok(()));
        assert_eq!(check_slug("slug", &with_suffix(&"ab-".repeat(20))), Ok(()));
        assert_eq!(derived_slug("Acme", "account"), "acme");
    }
}
