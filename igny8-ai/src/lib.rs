#![doc = include_str!("../README.md")]

pub mod offline;
pub mod openai;
pub mod prices;
pub mod retry;

pub use offline::Offline;
pub use openai::OpenAiCompatible;
pub use prices::PriceTable;
pub use retry::CallRetry;
