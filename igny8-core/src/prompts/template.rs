//! Prompt templates: minijinja in strict mode with bounded work, plus the bracketed placeholders.

use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

use super::placeholders;
use super::supply::Supply;
use crate::error::{FieldErrors, Result};
use crate::settings::PromptType;

/// How many template instructions one rendering may take: a runaway loop ends here.
const FUEL: u64 = 200_000;

/// Checks that a template can be parsed and uses only what prompts of its type are filled with. `function` is the one AI
/// function it is for; what a function of a host's own gives is known to that function alone, so its variables pass.
///
/// # Errors
/// A complaint on `prompt_value` that says where it breaks, or lists what there is.
pub fn check_template(
    prompt_type: PromptType,
    template: &str,
    function: Option<&str>,
) -> Result<(), FieldErrors> {
    let expanded = placeholders::expand(prompt_type, template)?;
    if template.trim().is_empty() {
        return Err(FieldErrors::one("prompt_value", "is empty; delete the prompt to return to the default"));
    }
    let environment = environment(&Value::Null);
    let parsed = environment.template_from_str(&expanded).map_err(|error| complaint(&error))?;
    let supply = Supply::of(prompt_type);
    if function.is_some_and(|function| function != supply.function) {
        return Ok(());
    }
    let is_known = |variable: &str| match variable.split_once('.') {
        Some(("data", path)) => supply.has(path),
        _ => variable == "data" || environment.globals().any(|(name, _)| name == variable),
    };
    let mut unknown: Vec<String> = parsed.undeclared_variables(true).into_iter().collect();
    unknown.retain(|variable| !is_known(variable));
    unknown.sort();
    match unknown.first() {
        None => Ok(()),
        Some(variable) => {
            let known = supply.variables_written();
            let why = format!("a {prompt_type} prompt has no variable `{variable}`; there are {known}");
            Err(FieldErrors::one("prompt_value", why))
        }
    }
}

/// Renders a template with `data` as its only variable.
///
/// # Errors
/// A complaint on `prompt_value` when the template is broken, names something that its type does not have, or runs too
/// long.
pub fn render(prompt_type: PromptType, template: &str, data: &Value) -> Result<String, FieldErrors> {
    let expanded = placeholders::expand(prompt_type, template)?;
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

/// The datum at a dotted path: text as it is, lists of texts joined by commas, anything else as JSON, what is missing (a
/// task without a cluster, say) as nothing.
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

    const ARTICLE: PromptType = PromptType::ContentGeneration;

    fn refusal(prompt_type: PromptType, template: &str) -> String {
        check_template(prompt_type, template, None).unwrap_err().to_string()
    }

    #[test]
    fn inserted_data_is_never_expanded_again() {
        let data = json!({"keywords": ["[IGNY8_CLUSTER]", "{{ data.secret }}"], "secret": "hidden"});
        let text = render(ARTICLE, "Use [IGNY8_KEYWORDS] or [KEYWORDS] [not ours]", &data).unwrap();
        let inserted = "[IGNY8_CLUSTER], {{ data.secret }}";
        assert_eq!(text, format!("Use {inserted} or {inserted} [not ours]"));
    }

    #[test]
    fn a_placeholder_stands_for_what_its_prompt_type_has() {
        let data = json!({"groups": [[[0, "green tea"], [1, "matcha", 3]]], "sector": "tea"});
        let text = render(PromptType::Clustering, "[KEYWORDS] of [SECTOR]", &data).unwrap();
        assert_eq!(text, r#"[[[0,"green tea"],[1,"matcha",3]]] of tea"#);
        let data = json!({"keywords": [{"id": 0, "keyword": "green tea"}]});
        let text = render(PromptType::Ideas, "[IGNY8_CLUSTER_KEYWORDS]", &data).unwrap();
        assert_eq!(text, r#"[{"id":0,"keyword":"green tea"}]"#);
        assert_eq!(render(ARTICLE, "<[CLUSTER_KEYWORDS]>", &json!({"cluster": null})).unwrap(), "<>");
    }

    #[test]
    fn what_a_prompt_type_does_not_have_is_refused() {
        let why = refusal(PromptType::NegativePrompt, "no [KEYWORDS]");
        assert!(why.contains("negative_prompt") && why.contains("[IGNY8_IMAGE_PROMPT]"), "{why}");
        assert!(refusal(ARTICLE, "[IGNY8_KEYWORD]").contains("[IGNY8_KEYWORDS]"));
        assert!(render(PromptType::NegativePrompt, "no [KEYWORDS]", &json!({})).is_err());
        for unknown in ["{{ data.groups }}", "{{ keywords }}", "{{ data.task.titel }}", "{{ dat }}"] {
            let why = refusal(ARTICLE, unknown);
            assert!(why.contains("data.task.title"), "{unknown}: {why}");
        }
    }

    #[test]
    fn variables_that_are_there_may_be_used_in_any_way() {
        for template in [
            "{{ data.task.title }}",
            "{{ data }} {{ data.task|tojson }} {{ data['task'] }}",
            "{% for keyword in data.keywords %}{{ loop.index }} {{ keyword }}{% endfor %}",
            "{% set title = data.task.title %}{{ title|upper }}{% for n in range(3) %}{{ n }}{% endfor %}",
            "{% if data.cluster %}{{ data.cluster.keywords|join(', ') }}{% endif %} {{ data.keywords.0 }}",
            "Write [TITLES] and [a list]",
        ] {
            assert_eq!(check_template(ARTICLE, template, None), Ok(()), "{template}");
        }
        assert_eq!(check_template(ARTICLE, "{{ data.own }}", Some("a_hosts_own")), Ok(()));
        assert!(check_template(ARTICLE, "{{ data.own }}", Some("generate_content")).is_err());
    }

    #[test]
    fn mistakes_are_told_when_the_prompt_is_saved() {
        assert!(check_template(ARTICLE, "{% if %}", None).is_err());
        assert!(check_template(ARTICLE, "  ", None).is_err());
        assert!(render(ARTICLE, "{{ missing }}", &json!({})).is_err());
    }

    #[test]
    fn a_runaway_loop_is_stopped() {
        let nested = "{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}";
        assert!(render(ARTICLE, nested, &json!({})).is_err());
    }
}
