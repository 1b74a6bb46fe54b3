//! Hooks: code of the host's or a plugin's own at three points of a run and before publishing. A hook may look, change or refuse.

use async_trait::async_trait;

use crate::ids::{AccountId, RunId};
use crate::pipeline::Content;
use crate::ports::TextRequest;
use crate::runs::Changeset;

/// What a hook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on, with what the hook may have changed.
    Continue,
    /// Stop here: the item fails with this reason and costs nothing.
    Reject(String),
}

/// Where a hook is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookContext<'a> {
    /// The account.
    pub account: AccountId,
    /// The run, when there is one.
    pub run: Option<RunId>,
    /// The AI function's name.
    pub function: &'a str,
    /// The item's key.
    pub item: &'a str,
}

/// Code at these points. Hooks are called in the order they were added; the first refusal ends the item.
#[async_trait]
pub trait Hook: Send + Sync + 'static {
    /// Its name, for errors and logs.
    fn name(&self) -> &str;

    /// Before a model is asked.
    async fn before_prompt(&self, _cx: HookContext<'_>, _request: &mut TextRequest) -> Verdict {
        Verdict::Continue
    }

    /// After a model has answered and before the answer is parsed.
    async fn after_response(&self, _cx: HookContext<'_>, _answer: &mut String) -> Verdict {
        Verdict::Continue
    }

    /// Before an item's rows are saved.
    async fn before_save(&self, _cx: HookContext<'_>, _changes: &mut Changeset) -> Verdict {
        Verdict::Continue
    }

    /// Before an article leaves for a publisher. Publishers call it; none ships yet, and the status `published`, which an editor
    /// may set by hand, sends nothing out.
    async fn before_publish(&self, _cx: HookContext<'_>, _content: &mut Content) -> Verdict {
        Verdict::Continue
    }
}
