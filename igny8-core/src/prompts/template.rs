//! Prompt templates: minijinja in strict mode with bounded work, plus the bracketed placeholders.

use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

use super::placeholders;
use crate::error::{FieldErrors, Result};

/// How many template instructions one rendering may take: a runaway loop ends here.
const FUEL: u64 = 200_000;

/// Checks that a template can be parsed and names only placeholders that exist.
///
/// # Errors
/// A complaint on `prompt_value` that says where it breaks.
pub fn check_template(template: &str) -> Result<(), FieldErrors> {
    let expanded = placeholders::expand(template)?;
    if template.trim().is_empty() {
        return Err(FieldErrors::one("prompt_value", "is empty; delete the prompt to return to the default"));
    }
    environment(&Value::Null).template_from_str(&expanded).map(drop).map_err(|error| complaint(&error))
}

/// Renders a template with `data` as its only variable.
///
/// # Errors
/// A complaint on `prompt_value` when the template is broken, names a variable that does not exist, or runs too long.
pub fn render(template: &str, data: &Value) -> Result<String, FieldErrors> {
    let expanded = placeholders::expand(template)?;
    environment(data)
        .render_str(&expanded, minijinja::context! { data => minijinja::value::Serde(data) })
        .map_err(|error| complaint(&error))
}

fn environment(data: &Value) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    let data = data.clone();
    environment.add_function("datum", move |path: String| plain(&data, &path));
    environment
}

/// The datum at a dotted path: text as it is, lists of texts joined by commas, anything else as JSON, what is missing as nothing.
fn plain(data: &Value, path: &str) -> String {
    let datum = path.split('.').try_fold(data, |at, name| at.get(name));
    match datum {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(entries)) if entries.iter().all(Value::is_string) => {
            entries.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(json) => json.to_string(),
    }
}

fn complaint(error: &minijinja::Error) -> FieldErrors {
    let place = error.line().map_or_else(String::new, |line| format!(" in line {line}"));
    FieldErrors::one("prompt_value", format!("the template breaks{place}: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn inserted_data_is_never_expanded_again() {
        let data = json!({"keywords": ["[IGNY8_CLUSTER]", "{{ data.secret }}"], "secret": "hidden"});
        let text = render("Use [IGNY8_KEYWORDS] or [KEYWORDS] [not ours]", &data).unwrap();
        let inserted = "[IGNY8_CLUSTER], {{ data.secret }}";
        assert_eq!(text, format!("Use {inserted} or {inserted} [not ours]"));
    }

    #[test]
    fn a_datum_the_function_does_not_have_renders_empty() {
        assert_eq!(render("<[CLUSTER_KEYWORDS][IGNY8_SECTOR]>", &json!({"cluster": {}})).unwrap(), "<>");
    }

    #[test]
    fn mistakes_are_told_when_the_prompt_is_saved() {
        assert!(check_template("[IGNY8_KEYWORD]").unwrap_err().to_string().contains("[IGNY8_KEYWORDS]"));
        assert!(check_template("{% if %}").is_err());
        assert!(check_template("  ").is_err());
        assert!(render("{{ missing }}", &json!({})).is_err());
    }

    #[test]
    fn a_runaway_loop_is_stopped() {
        let nested = "{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}";
        assert!(render(nested, &json!({})).is_err());
    }
}
