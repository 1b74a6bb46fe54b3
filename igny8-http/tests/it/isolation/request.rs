//! A request of an operation, acceptable but for the one place that is left open for an id.
//! The same request is sent with one id after the other, so that the id is all that answers can differ by.

use serde_json::Value;

use super::document::{Document, Operation, Place, Slot};
use super::world::{Own, World, companions};
use crate::client::{Client, Reply};

/// Stands where the id goes.
const OPEN: &str = "the-place-of-the-id";

const BOUNDARY: &str = "between-the-parts";

/// A request whose id is still open.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    path: String,
    body: Option<(String, String)>,
}

impl Request {
    /// A request with the place open, or a whole one where there is no such place. `own` fills everything else.
    pub(crate) fn of(document: &Document, operation: &Operation, slot: Option<&Slot>, own: &mut Own) -> Self {
        own.operation.clone_from(&operation.name);
        let place = slot.map(|slot| &slot.place);
        let with = companions(operation, slot);
        let mut path = operation.path.clone();
        let mut query = Vec::new();
        let in_form =
            matches!(place, Some(Place::Body(media_type, _)) if media_type == "multipart/form-data");
        for parameter in &operation.parameters {
            let name = &parameter.name;
            let is_open =
                place == Some(&Place::Path(name.clone())) || place == Some(&Place::Query(name.clone()));
            let is_wanted = parameter.required || !in_form && with.contains(&name.as_str());
            if !is_open && !is_wanted && !parameter.in_path {
                continue;
            }
            let value = if is_open { OPEN.to_owned() } else { document.parameter(parameter, own) };
            if parameter.in_path {
                path = path.replace(&format!("{{{name}}}"), &value);
            } else {
                query.push(format!("{name}={value}"));
            }
        }
        assert!(!path.contains('{'), "say how to fill the path {path}");
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let body = match place {
            Some(Place::Body(media_type, steps)) => {
                let found = operation.bodies.iter().find(|(known, _)| known == media_type);
                found.map(|(media_type, schema)| (media_type, schema, steps.as_slice()))
            }
            _ => operation.bodies.last().map(|(media_type, schema)| (media_type, schema, &[][..])),
        };
        let body = body.map(|(media_type, schema, steps)| {
            let mut value = match steps {
                [] if media_type == "application/json" => document.sample("body", schema, own),
                [] => document.sample("file", schema, own),
                steps => document.body(schema, steps, &OPEN.into(), own),
            };
            add(document, schema, &mut value, with, own);
            (media_type.clone(), value)
        });
        let body = body.map(|(media_type, value)| written(&media_type, value));
        Self { method: operation.method.clone(), path, body }
    }

    /// The request with this id.
    pub(crate) async fn send(&self, client: &Client, id: &str) -> Reply {
        let body = self.body.as_ref().map(|(media_type, body)| (media_type.as_str(), body.replace(OPEN, id)));
        client.send_as(&self.method, &self.path.replace(OPEN, id), body).await
    }

    /// The request with one more id before the open one, where a list goes.
    pub(crate) fn beside(&self, id: &str) -> Self {
        let beside = |text: &String| text.replace(&format!("\"{OPEN}\""), &format!("\"{id}\",\"{OPEN}\""));
        let body = self.body.as_ref().map(|(media_type, body)| (media_type.clone(), beside(body)));
        Self { body, ..self.clone() }
    }
}

/// Adds fields that are not required by themselves.
fn add(document: &Document, schema: &Value, value: &mut Value, with: &[&str], own: &mut Own) {
    let Some(fields) = value.as_object_mut() else { return };
    if let Some(payload) = fields.get_mut("payload") {
        return add(document, &document.optional(schema, "payload"), payload, with, own);
    }
    for name in with {
        if !fields.contains_key(*name) {
            let field = document.sample(name, &document.optional(schema, name), own);
            fields.insert((*name).to_owned(), field);
        }
    }
}

/// A body as it is sent.
fn written(media_type: &str, value: Value) -> (String, String) {
    match (media_type, value) {
        ("multipart/form-data", Value::Object(fields)) => {
            let mut form = String::new();
            for (name, value) in fields {
                let file = if name == "file" { "; filename=\"keywords.csv\"" } else { "" };
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                form.push_str(&format!(
                    "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
                ));
            }
            form.push_str(&format!("--{BOUNDARY}--\r\n"));
            (format!("multipart/form-data; boundary={BOUNDARY}"), form)
        }
        (media_type, Value::String(text)) => (media_type.to_owned(), text),
        (media_type, value) => (media_type.to_owned(), value.to_string()),
    }
}

impl World {
    /// The request that the first tenant would make with rows of its own, each there for this request alone where it may change.
    pub(crate) async fn own_request(
        &self,
        operation: &Operation,
        slot: Option<&Slot>,
        as_developer: bool,
    ) -> (Request, String) {
        let mut own = Own::default();
        Request::of(&self.document, operation, slot, &mut own);
        let wanted = std::mem::take(&mut own.wanted);
        for kind in wanted.into_iter().chain(slot.map(|slot| slot.kind.clone())) {
            let id = self.own_id(operation, &kind, as_developer).await;
            own.rows.insert(kind, vec![id]);
        }
        let request = Request::of(&self.document, operation, slot, &mut own);
        let id = slot.map(|slot| own.rows[&slot.kind][0].clone()).unwrap_or_default();
        (request, id)
    }

    /// An id of the first tenant's for a request.
    async fn own_id(&self, operation: &Operation, kind: &str, as_developer: bool) -> String {
        let owner = self.town.acme.owner();
        let number = super::rows::number();
        let developers = self.town.developer();
        let changes_places =
            operation.path.starts_with("/api/v1/auth/se") || operation.path.starts_with("/api/v1/auth/sites");
        let fresh = match (operation.name.as_str(), kind) {
            // Of each type there is one, so that another test's deletion takes it.
            (_, "PromptId") => self.maker(&owner).fresh(kind).await,
            (_, _) if operation.method == "GET" => None,
            // An account has at most 20.
            (name, "WebhookId") if name != "deleteWebhook" => None,
            (_, "SiteId" | "SectorId") if !changes_places => None,
            ("closeAccount", "AccountId") if as_developer => {
                let body = serde_json::json!({"name": "Short-lived", "owner_email": format!("o{number}@example.org")});
                Some(developers.post("auth/accounts/", body).await.id())
            }
            (
                "generateTaskImages" | "generateImages" | "runFunction:generate_images",
                "TaskId" | "ContentId",
            ) => {
                let maker = self.maker(&owner);
                let id = maker.fresh(kind).await.unwrap();
                let owner_of_it = if kind == "TaskId" { "task" } else { "content" };
                let body = serde_json::json!({owner_of_it: id, "image_type": "featured", "prompt": "own"});
                let made = owner.post("writer/images/", body).await;
                assert_eq!(made.status, 201, "{made:?}");
                Some(id)
            }
            ("replacePlan", "PlanId") => {
                let body = serde_json::json!({"name": "Short-lived", "slug": format!("short-{number}")});
                Some(developers.post("auth/plans/", body).await.id())
            }
            _ => self.maker(&owner).fresh(kind).await,
        };
        fresh.unwrap_or_else(|| self.own[kind][0].clone())
    }
}
