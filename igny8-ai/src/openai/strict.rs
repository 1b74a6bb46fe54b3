//! Tightens a JSON Schema for providers that enforce one: every property required, none added, few keywords known.
//! Our own validation keeps the original; whatever satisfies both is what we asked for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Keywords that strict mode does not know. They are told in words instead, for the model to heed.
const TOLD_IN_WORDS: [&str; 11] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// Formats that mean something to a model; the others are sizes of numbers.
const TOLD_FORMATS: [&str; 7] = ["date", "date-time", "time", "email", "uri", "uuid", "hostname"];

/// The schema in the form strict mode takes; `None` when it has none there (a map with open keys, a tuple, "anything").
pub(super) fn tighten(schema: &Value) -> Option<Value> {
    let mut walk = Walk::over(schema);
    let mut root = schema.as_object()?;
    // The root must be an object itself: a root that only refers to a definition is replaced by it.
    for _ in 0..8 {
        match root.get("$ref").and_then(Value::as_str).and_then(definition_name) {
            Some(name) => root = walk.definitions.get(name.as_str())?.as_object()?,
            None => break,
        }
    }
    let mut tight = walk.node(root)?;
    if tight.get("type").and_then(Value::as_str) != Some("object") {
        return None;
    }
    let definitions = walk.needed_definitions()?;
    if !definitions.is_empty() {
        tight.insert("$defs".to_owned(), Value::Object(definitions));
    }
    Some(Value::Object(tight))
}

struct Walk<'a> {
    definitions: BTreeMap<&'a str, &'a Value>,
    needed: BTreeSet<String>,
}

impl<'a> Walk<'a> {
    fn over(schema: &'a Value) -> Self {
        let definitions = ["definitions", "$defs"]
            .iter()
            .filter_map(|key| schema.get(key)?.as_object())
            .flatten()
            .map(|(name, definition)| (name.as_str(), definition))
            .collect();
        Self { definitions, needed: BTreeSet::new() }
    }

    fn needed_definitions(&mut self) -> Option<Map<String, Value>> {
        let mut tight = Map::new();
        while let Some(name) = self.needed.iter().find(|name| !tight.contains_key(*name)).cloned() {
            let definition = self.definitions.get(name.as_str())?.as_object()?;
            let node = self.node(definition)?;
            tight.insert(name, Value::Object(node));
        }
        Some(tight)
    }

    fn value(&mut self, schema: &Value) -> Option<Value> {
        self.node(schema.as_object()?).map(Value::Object)
    }

    fn node(&mut self, schema: &Map<String, Value>) -> Option<Map<String, Value>> {
        if let Some(reference) = schema.get("$ref") {
            let name = definition_name(reference.as_str()?)?;
            let reference = format!("#/$defs/{}", name.replace('~', "~0").replace('/', "~1"));
            self.needed.insert(name);
            // Nothing may stand beside a reference.
            return json!({ "$ref": reference }).as_object().cloned();
        }
        if let Some(parts) = schema.get("allOf") {
            let [only] = parts.as_array()?.as_slice() else { return None };
            let mut merged = schema.clone();
            merged.remove("allOf");
            merged.extend(only.as_object()?.clone());
            return self.node(&merged);
        }
        let mut tight = Map::new();
        if let Some(description) = description(schema) {
            tight.insert("description".to_owned(), description.into());
        }
        if let Some(choices) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
            return self.choices(choices.as_array()?, tight);
        }
        let types = types(schema)?;
        for of in &types {
            match of.as_str() {
                "object" => self.object(schema, &mut tight)?,
                "array" => {
                    tight.insert("items".to_owned(), self.value(schema.get("items")?)?);
                }
                _ => {}
            }
        }
        for keyword in ["enum", "const"] {
            if let Some(value) = schema.get(keyword) {
                tight.insert(keyword.to_owned(), value.clone());
            }
        }
        let types = if let [only] = types.as_slice() { json!(only) } else { json!(types) };
        tight.insert("type".to_owned(), types);
        Some(tight)
    }

    fn object(&mut self, schema: &Map<String, Value>, tight: &mut Map<String, Value>) -> Option<()> {
        let open = matches!(schema.get("additionalProperties"), Some(Value::Object(_)));
        let properties = schema.get("properties").and_then(Value::as_object);
        // A map with open keys cannot be closed without changing what it means.
        let properties = properties.filter(|properties| !open && !properties.is_empty())?;
        let mut tightened = Map::new();
        for (name, property) in properties {
            tightened.insert(name.clone(), self.value(property)?);
        }
        tight.insert("required".to_owned(), properties.keys().cloned().collect());
        tight.insert("properties".to_owned(), Value::Object(tightened));
        tight.insert("additionalProperties".to_owned(), Value::Bool(false));
        Some(())
    }

    fn choices(&mut self, choices: &[Value], mut tight: Map<String, Value>) -> Option<Map<String, Value>> {
        let words: Option<Vec<&str>> = choices.iter().map(|choice| choice.get("const")?.as_str()).collect();
        if let Some(words) = words {
            tight.insert("type".to_owned(), "string".into());
            tight.insert("enum".to_owned(), json!(words));
            return Some(tight);
        }
        let choices: Option<Vec<Value>> = choices.iter().map(|choice| self.value(choice)).collect();
        tight.insert("anyOf".to_owned(), choices?.into());
        Some(tight)
    }
}

fn definition_name(reference: &str) -> Option<String> {
    let name = reference.strip_prefix("#/$defs/").or_else(|| reference.strip_prefix("#/definitions/"))?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

/// The types a schema allows, told or implied; `None` when it allows anything.
fn types(schema: &Map<String, Value>) -> Option<Vec<String>> {
    match schema.get("type") {
        Some(Value::String(one)) => return Some(vec![one.clone()]),
        Some(Value::Array(several)) => {
            return several.iter().map(|one| one.as_str().map(str::to_owned)).collect();
        }
        _ => {}
    }
    if schema.contains_key("properties") {
        return Some(vec!["object".to_owned()]);
    }
    let values = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice);
    let values = values.or_else(|| schema.get("const").map(std::slice::from_ref))?;
    let types: BTreeSet<&str> = values
        .iter()
        .map(|value| match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        })
        .collect();
    Some(types.into_iter().map(str::to_owned).collect())
}

fn description(schema: &Map<String, Value>) -> Option<String> {
    let mut limits: Vec<String> = TOLD_IN_WORDS
        .iter()
        .filter_map(|keyword| schema.get(*keyword).map(|value| format!("{keyword} {value}")))
        .collect();
    if let Some(format) = schema.get("format").and_then(Value::as_str)
        && TOLD_FORMATS.contains(&format)
    {
        limits.push(format!("format {format}"));
    }
    let said = schema.get("description").and_then(Value::as_str);
    match (said, limits.is_empty()) {
        (None, true) => None,
        (Some(said), true) => Some(said.to_owned()),
        (None, false) => Some(format!("({})", limits.join(", "))),
        (Some(said), false) => Some(format!("{said} ({})", limits.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_becomes_required_and_limits_become_words() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Ideas",
            "type": "object",
            "properties": {
                "ideas": {
                    "type": "array", "minItems": 3, "maxItems": 5,
                    "items": { "$ref": "#/$defs/Idea", "description": "one" }
                },
                "note": { "type": ["string", "null"], "maxLength": 9, "description": "A note." },
            },
            "required": ["ideas"],
            "$defs": {
                "Idea": {
                    "type": "object",
                    "properties": {
                        "words": { "type": "integer", "format": "uint32", "minimum": 300 },
                        "kind": { "oneOf": [{ "const": "a", "type": "string" }, { "const": "b", "type": "string" }] },
                        "link": { "anyOf": [{ "$ref": "#/$defs/Link" }, { "type": "null" }] },
                    },
                },
                "Link": { "allOf": [{ "type": "object", "properties": { "to": { "type": "string", "format": "uri" } } }] },
                "Unused": true,
            },
        });
        let before = schema.clone();
        let expected = json!({
            "type": "object",
            "properties": {
                "ideas": {
                    "type": "array", "items": { "$ref": "#/$defs/Idea" },
                    "description": "(minItems 3, maxItems 5)",
                },
                "note": { "type": ["string", "null"], "description": "A note. (maxLength 9)" },
            },
            "required": ["ideas", "note"],
            "additionalProperties": false,
            "$defs": {
                "Idea": {
                    "type": "object",
                    "properties": {
                        "words": { "type": "integer", "description": "(minimum 300)" },
                        "kind": { "type": "string", "enum": ["a", "b"] },
                        "link": { "anyOf": [{ "$ref": "#/$defs/Link" }, { "type": "null" }] },
                    },
                    "required": ["kind", "link", "words"],
                    "additionalProperties": false,
                },
                "Link": {
                    "type": "object",
                    "properties": { "to": { "type": "string", "description": "(format uri)" } },
                    "required": ["to"],
                    "additionalProperties": false,
                },
            },
        });
        let mut tight = tighten(&schema).unwrap();
        // The order of names under `required` follows the map's and means nothing.
        for pointer in ["/required", "/$defs/Idea/required"] {
            let names = tight.pointer_mut(pointer).unwrap().as_array_mut().unwrap();
            names.sort_by_key(ToString::to_string);
        }
        assert_eq!(tight, expected);
        assert_eq!(schema, before);
    }

    #[test]
    fn roots_that_refer_are_replaced_and_recursion_is_kept() {
        let schema = json!({
            "$ref": "#/definitions/Tree",
            "definitions": {
                "Tree": {
                    "type": "object",
                    "properties": { "children": { "type": "array", "items": { "$ref": "#/definitions/Tree" } } },
                },
            },
        });
        let tight = tighten(&schema).unwrap();
        assert_eq!(tight["type"], "object");
        assert_eq!(tight["properties"]["children"]["items"]["$ref"], "#/$defs/Tree");
        assert_eq!(tight["$defs"]["Tree"]["additionalProperties"], false);
    }

    #[test]
    fn what_strict_mode_cannot_say_has_no_tight_form() {
        let inside = |property: Value| json!({ "type": "object", "properties": { "x": property } });
        for open in [
            json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            json!({ "type": "array", "prefixItems": [{ "type": "string" }] }),
            json!({ "$ref": "#/$defs/Nowhere" }),
            json!({ "allOf": [{ "type": "string" }, { "type": "string" }] }),
            json!({}),
            json!(true),
        ] {
            assert_eq!(tighten(&inside(open.clone())), None, "{open}");
        }
        assert_eq!(tighten(&json!({ "type": "array", "items": { "type": "string" } })), None);
        assert_eq!(tighten(&json!({ "$ref": "#/$defs/A", "$defs": { "A": { "$ref": "#/$defs/A" } } })), None);
    }
}
