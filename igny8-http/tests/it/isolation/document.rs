//! What the served document says of operations: every place in a request that takes an id, and the kind of row it names.
//! A place or a required field that nobody has said how to fill ends the test: nothing is left out in silence.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The document of the router under test.
pub(crate) struct Document {
    schemas: Map<String, Value>,
    /// Kinds of ids by their descriptions, for schemas that stand in place of a reference.
    kinds: BTreeMap<String, String>,
    pub(crate) operations: Vec<Operation>,
}

/// One operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// Its `operationId`; one of a function to run has the function's name behind it.
    pub(crate) name: String,
    pub(crate) method: String,
    /// With `{parameters}`.
    pub(crate) path: String,
    pub(crate) public: bool,
    pub(crate) pages: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// By media type.
    pub(crate) bodies: Vec<(String, Value)>,
    /// Every place that takes an id.
    pub(crate) slots: Vec<Slot>,
}

/// A parameter of a path or query.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) in_path: bool,
    pub(crate) required: bool,
    schema: Value,
}

/// A place in a request that takes an id.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) place: Place,
    /// Such as `KeywordId`.
    pub(crate) kind: String,
}

/// Where an id goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path(String),
    Query(String),
    /// A field of the body of this media type.
    Body(String, Vec<Step>),
}

/// One step down into a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Field(String),
    Item,
}

impl Slot {
    /// The name of the parameter or outermost field.
    pub(crate) fn name(&self) -> &str {
        match &self.place {
            Place::Path(name) | Place::Query(name) => name,
            Place::Body(_, steps) => steps
                .iter()
                .find_map(|step| match step {
                    Step::Field(name) if name != "payload" => Some(name.as_str()),
                    _ => None,
                })
                .expect("bodies are objects"),
        }
    }

    /// Whether it takes a list of ids.
    pub(crate) fn is_list(&self) -> bool {
        matches!(&self.place, Place::Body(_, steps) if steps.last() == Some(&Step::Item))
    }
}

impl Document {
    /// Reads the document; `functions` is what `ai/functions/` lists.
    pub(crate) fn read(document: &Value, functions: &[Value]) -> Self {
        let schemas = document["components"]["schemas"].as_object().unwrap().clone();
        let kinds = schemas
            .iter()
            .filter(|(name, _)| name.ends_with("Id"))
            .map(|(name, schema)| (schema["description"].as_str().unwrap().to_owned(), name.clone()))
            .collect();
        let mut read = Self { schemas, kinds, operations: Vec::new() };
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let operation = read.operation(path, method, operation);
                if operation.name == "runFunction" {
                    let each = functions.iter().map(|function| read.run_of(&operation, function));
                    let each: Vec<Operation> = each.collect();
                    read.operations.extend(each);
                } else {
                    read.operations.push(operation);
                }
            }
        }
        read
    }

    fn operation(&self, path: &str, method: &str, operation: &Value) -> Operation {
        let name = operation["operationId"].as_str().expect("every operation has an id").to_owned();
        let mut slots = Vec::new();
        let mut parameters = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = Parameter {
                name: parameter["name"].as_str().unwrap().to_owned(),
                in_path: match parameter["in"].as_str() {
                    Some("path") => true,
                    Some("query") => false,
                    Some("header") => continue,
                    place => panic!("{name} has a parameter in {place:?}, which this matrix cannot fill"),
                },
                required: parameter["required"].as_bool().unwrap_or_default(),
                schema: parameter["schema"].clone(),
            };
            let mut ids = Vec::new();
            self.ids(&parameter.name, &parameter.schema, &mut Vec::new(), &mut Vec::new(), &mut ids);
            let place = if parameter.in_path { Place::Path } else { Place::Query };
            slots
                .extend(ids.into_iter().map(|(_, kind)| Slot { place: place(parameter.name.clone()), kind }));
            parameters.push(parameter);
        }
        let content = operation["requestBody"]["content"].as_object();
        let bodies: Vec<(String, Value)> = content
            .into_iter()
            .flatten()
            .map(|(media_type, body)| (media_type.clone(), body["schema"].clone()))
            .collect();
        for (media_type, schema) in &bodies {
            slots.extend(self.body_slots(media_type, schema, &[]));
        }
        Operation {
            public: operation["security"].as_array().is_none_or(Vec::is_empty),
            pages: parameters.iter().any(|parameter| parameter.name == "page_size"),
            method: method.to_uppercase(),
            path: path.to_owned(),
            name,
            parameters,
            bodies,
            slots,
        }
    }

    /// Running one function by its name: its input has a schema of its own.
    fn run_of(&self, operation: &Operation, function: &Value) -> Operation {
        let name = function["name"].as_str().unwrap();
        let schema = inlined(&function["input_schema"]);
        let media_type = "application/json".to_owned();
        let body = json!({"type": "object", "required": ["payload"], "properties": {"payload": schema}});
        Operation {
            name: format!("{}:{name}", operation.name),
            path: operation.path.replace("{name}", name),
            parameters: Vec::new(),
            slots: self.body_slots(&media_type, &body, &[]),
            bodies: vec![(media_type, body)],
            ..operation.clone()
        }
    }

    fn body_slots(&self, media_type: &str, schema: &Value, at: &[Step]) -> Vec<Slot> {
        let mut ids = Vec::new();
        self.ids("body", schema, &mut at.to_vec(), &mut Vec::new(), &mut ids);
        let slots = ids.into_iter().map(|(steps, kind)| {
            let place = Place::Body(media_type.to_owned(), steps);
            Slot { place, kind }
        });
        slots.collect()
    }

    /// Every id within a schema.
    fn ids(
        &self,
        name: &str,
        schema: &Value,
        at: &mut Vec<Step>,
        within: &mut Vec<String>,
        found: &mut Vec<(Vec<Step>, String)>,
    ) {
        if schema["format"] == "uuid" {
            found.push((at.clone(), self.kind(name, schema)));
            return;
        }
        if let Some(reference) = referred(schema) {
            if reference.ends_with("Id") {
                found.push((at.clone(), reference.to_owned()));
            } else if !within.iter().any(|one| one == reference) {
                within.push(reference.to_owned());
                self.ids(name, &self.schemas[reference], at, within, found);
                within.pop();
            }
            return;
        }
        for choice in ["anyOf", "oneOf", "allOf"] {
            for one in schema[choice].as_array().into_iter().flatten() {
                self.ids(name, one, at, within, found);
            }
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            at.push(Step::Field(name.clone()));
            self.ids(name, property, at, within, found);
            at.pop();
        }
        if schema["items"].is_object() {
            at.push(Step::Item);
            self.ids(name, &schema["items"], at, within, found);
            at.pop();
        }
        for unusual in ["prefixItems", "additionalProperties", "patternProperties"] {
            let inside = schema[unusual].to_string();
            let has_ids = inside.contains("\"uuid\"") || inside.contains("Id\"}");
            assert!(!has_ids, "`{name}` has ids in `{unusual}`, which this matrix cannot fill yet: {schema}");
        }
    }

    /// The kind of row that an id names.
    fn kind(&self, name: &str, schema: &Value) -> String {
        let described = schema["description"].as_str().and_then(|about| self.kinds.get(about));
        let known = described.cloned().or_else(|| match name {
            "site_id" => Some("SiteId".to_owned()),
            "sector_id" => Some("SectorId".to_owned()),
            _ => None,
        });
        known.unwrap_or_else(|| panic!("say which kind of row the id `{name}` names: {schema}"))
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match referred(schema) {
            Some(name) => self.resolved(&self.schemas[name]),
            None => schema,
        }
    }

    /// A value for a required field; `id` gives one of a kind, `word` a value for fields that take no just any.
    pub(crate) fn sample(&self, name: &str, schema: &Value, fill: &mut dyn Fill) -> Value {
        if let Some(value) = fill.field(name) {
            return value;
        }
        if let Some(kind) = referred(schema).filter(|kind| kind.ends_with("Id")) {
            return fill.id(kind).into();
        }
        let schema = self.resolved(schema);
        if schema["format"] == "uuid" {
            return fill.id(&self.kind(name, schema)).into();
        }
        for choice in ["anyOf", "oneOf", "enum"] {
            if let Some(first) = schema[choice].as_array().and_then(|all| all.first()) {
                return if choice == "enum" { first.clone() } else { self.sample(name, first, fill) };
            }
        }
        if schema["const"].is_string() {
            return schema["const"].clone();
        }
        match schema["type"].as_str() {
            Some("string") => fill.text(name).into(),
            Some("integer") => schema["minimum"].as_i64().unwrap_or(1).into(),
            Some("boolean") => false.into(),
            Some("array") => json!([self.sample(name, &schema["items"], fill)]),
            Some("object") => self.object(schema, fill),
            _ => panic!("say how to fill the required field `{name}`: {schema}"),
        }
    }

    /// An object with its required fields.
    fn object(&self, schema: &Value, fill: &mut dyn Fill) -> Value {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let fields = required.map(|name| {
            let value = self.sample(name, &schema["properties"][name], fill);
            (name.to_owned(), value)
        });
        Value::Object(fields.collect())
    }

    /// A body with its required fields, those named in `with`, and the value at the place.
    pub(crate) fn body(&self, schema: &Value, at: &[Step], value: &Value, fill: &mut dyn Fill) -> Value {
        let schema = self.at(schema, at);
        match at.split_first() {
            None => value.clone(),
            Some((Step::Item, rest)) => json!([self.body(&schema["items"], rest, value, fill)]),
            Some((Step::Field(name), rest)) => {
                let inside = self.body(&schema["properties"][name], rest, value, fill);
                let mut object = self.object(schema, fill);
                object[name] = inside;
                object
            }
        }
    }

    /// The schema itself, or whichever of its choices has the next step.
    fn at<'a>(&'a self, schema: &'a Value, at: &[Step]) -> &'a Value {
        let schema = self.resolved(schema);
        let has = |schema: &Value| match at.first() {
            None => true,
            Some(Step::Item) => schema["items"].is_object(),
            Some(Step::Field(name)) => schema["properties"][name].is_object(),
        };
        let choices = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|choice| schema[choice].as_array());
        let found = choices.flatten().map(|one| self.resolved(one)).find(|one| has(one));
        if has(schema) { schema } else { found.expect("the place was found in this schema") }
    }

    /// What the operation's own parameter takes.
    pub(crate) fn parameter(&self, parameter: &Parameter, fill: &mut dyn Fill) -> String {
        match self.sample(&parameter.name, &parameter.schema, fill) {
            Value::String(text) => text,
            Value::Array(items) => items.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
            other => other.to_string(),
        }
    }

    /// Fields of a body that are not required.
    pub(crate) fn optional(&self, schema: &Value, name: &str) -> Value {
        self.resolved(schema)["properties"][name].clone()
    }
}

/// Where values come from.
pub(crate) trait Fill {
    /// An id of this kind.
    fn id(&mut self, kind: &str) -> String;
    /// The value of a field that takes no just any text or word.
    fn field(&mut self, name: &str) -> Option<Value>;
    /// A text that was not there before.
    fn text(&mut self, name: &str) -> String;
}

/// The name of the schema that is referred to.
fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next())
}

/// A schema of its own, with its definitions put where they are referred to.
fn inlined(schema: &Value) -> Value {
    fn put(value: &Value, definitions: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let name =
                    fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
                match name {
                    Some(name) => put(&definitions[name], definitions),
                    None => {
                        fields.iter().map(|(name, field)| (name.clone(), put(field, definitions))).collect()
                    }
                }
            }
            Value::Array(items) => items.iter().map(|item| put(item, definitions)).collect(),
            other => other.clone(),
        }
    }
    let definitions = if schema["$defs"].is_object() { &schema["$defs"] } else { &schema["definitions"] };
    put(schema, definitions)
}
