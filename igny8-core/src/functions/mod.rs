//! The AI functions: what each does at its six steps, the registry that names them, and the engine that runs them.
//!
//! `validate -> prepare -> build_prompt -> call -> parse_response -> save_output`, item by item; every item commits its
//! rows and its charge on its own.

mod answer;
mod auto_cluster;
pub(crate) mod bought;
mod call;
mod context;
mod ending;
mod engine;
mod function;
mod generate_content;
mod generate_ideas;
mod generate_image_prompts;
mod generate_images;
mod image_settings;
#[cfg(feature = "worker")]
mod limits;
mod recorded_call;
mod registry;
pub(crate) mod selection;

pub use auto_cluster::{AutoCluster, AutoClusterFunction, Clustered};
pub use context::FunctionContext;
pub use engine::{Ended, Engine};
pub use function::{
    AiFunction, AnswerFault, Ask, FinishedItem, FunctionSpec, ItemFailure, Reply, RunReport, Saved,
    StartRequest, TextAsk, WorkItem, Workload,
};
pub use generate_content::{GenerateContent, GenerateContentFunction, Written, WrittenArticle};
pub use generate_ideas::{DroppedIdea, GenerateIdeas, GenerateIdeasFunction, Ideated};
pub use generate_image_prompts::{GenerateImagePrompts, GenerateImagePromptsFunction, ImagePromptsWritten};
pub use generate_images::{GenerateImages, GenerateImagesFunction, ImagesMade};
pub use image_settings::ImageGeneration;
#[cfg(feature = "worker")]
pub(crate) use limits::ProviderLimits;
pub use registry::{FunctionRegistry, RegisteredFunction};
