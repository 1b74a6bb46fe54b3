//! A scripted image model: every order is kept, and the script says what becomes of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use igny8_core::ports::{
    Blob, Capabilities, ImageModel, ImageReply, ImageRequest, ModelInfo, ProviderError, ProviderErrorKind,
    StructuredOutput,
};
use rust_decimal::Decimal;
use tokio::sync::Notify;

/// One order as it came.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its number over the painter's life, from 1.
    pub number: usize,
    /// What was asked for.
    pub request: ImageRequest,
}

impl Order {
    /// Whether it asks for this subject.
    #[must_use]
    pub fn shows(&self, subject: &str) -> bool {
        self.request.prompt.contains(subject)
    }
}

/// What becomes of an order.
#[derive(Clone, Debug)]
pub enum Picture {
    /// A file of this media type; four cents.
    File(&'static str),
    /// A failure, perhaps with a wish to be left alone for a while.
    Failure(ProviderErrorKind, Option<Duration>),
    /// Nothing, for as long as the client waits.
    Hang,
    /// The same, once the bell has rung.
    After(Arc<Notify>, Box<Picture>),
}

impl Picture {
    /// A good one.
    #[must_use]
    pub const fn png() -> Self {
        Self::File("image/png")
    }

    /// The provider is broken.
    #[must_use]
    pub const fn broken() -> Self {
        Self::Failure(ProviderErrorKind::Server, None)
    }
}

type Script = Arc<dyn Fn(&Order) -> Picture + Send + Sync>;

/// The model. Clones are the same one.
#[derive(Clone)]
pub struct Painter {
    script: Arc<Mutex<Script>>,
    orders: Arc<Mutex<Vec<Order>>>,
}

impl std::fmt::Debug for Painter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Painter").field("orders", &self.orders).finish_non_exhaustive()
    }
}

impl Painter {
    /// Paints by this script.
    pub fn painting(script: impl Fn(&Order) -> Picture + Send + Sync + 'static) -> Self {
        Self { script: Arc::new(Mutex::new(Arc::new(script))), orders: Arc::default() }
    }

    /// Paints by another script from now on.
    pub fn paint_now(&self, script: impl Fn(&Order) -> Picture + Send + Sync + 'static) {
        *self.script.lock().unwrap() = Arc::new(script);
    }

    /// Every order so far.
    #[must_use]
    pub fn orders(&self) -> Vec<Order> {
        self.orders.lock().unwrap().clone()
    }

    /// How many orders there were for this subject.
    #[must_use]
    pub fn times_asked_for(&self, subject: &str) -> usize {
        self.orders().iter().filter(|order| order.shows(subject)).count()
    }
}

/// What so many files cost.
#[must_use]
pub fn price(files: i64) -> Decimal {
    Decimal::new(4 * files, 2)
}

#[async_trait]
impl ImageModel for Painter {
    fn info(&self) -> ModelInfo {
        ModelInfo {
            provider: "painter".to_owned(),
            model: "brush-1".to_owned(),
            capabilities: Capabilities { structured_output: StructuredOutput::None, generative: true },
            price: None,
        }
    }

    async fn generate(&self, request: ImageRequest) -> Result<ImageReply, ProviderError> {
        let order = {
            let mut orders = self.orders.lock().unwrap();
            let order = Order { number: orders.len() + 1, request };
            orders.push(order.clone());
            order
        };
        let script = Arc::clone(&self.script.lock().unwrap());
        let mut picture = script(&order);
        loop {
            match picture {
                Picture::After(bell, then) => {
                    bell.notified().await;
                    picture = *then;
                }
                Picture::Hang => std::future::pending::<()>().await,
                Picture::Failure(kind, retry_after) => {
                    return Err(ProviderError {
                        retry_after,
                        ..ProviderError::new(kind, "painter", "as the script says")
                    });
                }
                Picture::File(media_type) => {
                    return Ok(ImageReply {
                        image: Blob {
                            bytes: order.request.prompt.into_bytes(),
                            media_type: media_type.to_owned(),
                        },
                        model: "brush-1".to_owned(),
                        cost_usd: price(1),
                        request_id: Some(format!("order-{}", order.number)),
                        tries: 1,
                    });
                }
            }
        }
    }
}
