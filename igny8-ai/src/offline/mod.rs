//! The offline provider: real work for clustering, an honest stand-in for writing. No key, no network, no chance: the
//! same request always gets the same answer.

mod article;
mod chance;
mod clusters;
mod expectation;
mod ideas;
mod phrase;
mod pictures;
mod placeholder;

use async_trait::async_trait;
use igny8_core::functions::{
    AutoCluster, GenerateContent, GenerateIdeas, GenerateImagePrompts, StartRequest as _,
};
use igny8_core::ports::{
    Blob, Capabilities, FinishReason, ImageModel, ImageReply, ImageRequest, ModelInfo, ProviderError,
    ProviderErrorKind, StructuredOutput, TextModel, TextReply, TextRequest, TokenUsage,
};
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The provider's name in records of calls and in contents' metadata.
pub const PROVIDER: &str = "offline";
/// The model's name: the rules and their version. Another version may answer the same request differently.
pub const MODEL: &str = "offline-rules-1";

/// The offline provider, for text and for images.
///
/// It reads the data of a request, not its prose, so prompts of your own change nothing here. It knows the built-in
/// functions: clusters take the groups of the local clusterer and are named by their most searched keyword; ideas and
/// articles are drawn from the cluster's own searches; an article is an outlined draft in English that says itself that no
/// model wrote it; image prompts follow the headings; an image is a plain PNG placeholder, whatever format was asked
/// for. Costs nothing, counts no tokens.
///
/// ```
/// # use igny8_core::ports::{Message, MessageRole, TextModel, TextRequest};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use igny8_ai::Offline;
///
/// let reply = Offline::new()
///     .complete(TextRequest {
///         function: "generate_image_prompts".to_owned(),
///         messages: vec![],
///         answer: None,
///         data: json!({
///             "content": {"title": "Green Tea", "html_outline": ["Brewing"], "primary_keyword": "green tea"},
///             "max_in_article": 1,
///             "style": "photorealistic",
///         }),
///         max_output_tokens: None,
///         temperature: None,
///         deadline: std::time::Duration::from_secs(1),
///     })
///     .await?;
/// assert!(reply.text.contains("green tea"));
/// assert_eq!((reply.model.as_str(), reply.usage.completion_tokens), ("offline-rules-1", 0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl Offline {
    /// The offline provider.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

fn info() -> ModelInfo {
    ModelInfo {
        provider: PROVIDER.to_owned(),
        model: MODEL.to_owned(),
        capabilities: Capabilities { structured_output: StructuredOutput::JsonObject, generative: false },
        price: None,
    }
}

#[async_trait]
impl TextModel for Offline {
    fn info(&self) -> ModelInfo {
        info()
    }

    async fn complete(&self, request: TextRequest) -> Result<TextReply, ProviderError> {
        let answer = answer(&request.function, &request.data)?;
        let text = answer.to_string();
        Ok(TextReply {
            raw: text.clone(),
            text,
            finish_reason: FinishReason::Stop,
            usage: TokenUsage::default(),
            model: MODEL.to_owned(),
            cost_usd: Decimal::ZERO,
            request_id: None,
            tries: 0,
        })
    }
}

#[async_trait]
impl ImageModel for Offline {
    fn info(&self) -> ModelInfo {
        info()
    }

    async fn generate(&self, request: ImageRequest) -> Result<ImageReply, ProviderError> {
        let bytes = placeholder::png(&request.prompt, request.width, request.height).map_err(|error| {
            refusal(format!("a placeholder of {} by {} pixels: {error}", request.width, request.height))
        })?;
        Ok(ImageReply {
            image: Blob { bytes, media_type: "image/png".to_owned() },
            model: MODEL.to_owned(),
            cost_usd: Decimal::ZERO,
            request_id: None,
            tries: 0,
        })
    }
}

fn answer(function: &str, data: &Value) -> Result<Value, ProviderError> {
    match function {
        AutoCluster::FUNCTION => written(&clusters::name(&read(function, data)?)),
        GenerateIdeas::FUNCTION => written(&ideas::propose(&read(function, data)?)),
        GenerateContent::FUNCTION => written(&article::draft(&read(function, data)?)),
        GenerateImagePrompts::FUNCTION => written(&pictures::describe(&read(function, data)?)),
        other => Err(refusal(format!(
            "the offline provider works by rules and has none for `{other}`: give the account a language model for it"
        ))),
    }
}

fn read<T: DeserializeOwned>(function: &str, data: &Value) -> Result<T, ProviderError> {
    T::deserialize(data).map_err(|error| refusal(format!("the data of `{function}` cannot be read: {error}")))
}

fn written(answer: &impl Serialize) -> Result<Value, ProviderError> {
    serde_json::to_value(answer).map_err(|error| refusal(format!("the answer cannot be written: {error}")))
}

fn refusal(message: String) -> ProviderError {
    ProviderError { tries: 0, ..ProviderError::new(ProviderErrorKind::BadRequest, PROVIDER, message) }
}
