//! The `image_generation` integration: which images an article gets, and how large.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::FunctionContext;
use crate::error::{Error, Result};
use crate::pipeline::ImageType;

/// Pixels across and down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSize {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// What the account's `image_generation` settings say; what they leave out has these defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageGeneration {
    /// Style words for the prompts, such as `photorealistic`.
    #[serde(rename = "image_type")]
    pub style: String,
    /// `png`, `jpeg` or `webp`.
    pub image_format: String,
    /// The most images within an article; 0 to 10.
    pub max_in_article_images: u32,
    /// Size of featured images and those within the article.
    pub size: ImageSize,
    /// Whether a version for wide screens is made.
    pub desktop: bool,
    /// Its size.
    pub desktop_size: ImageSize,
    /// Whether a version for narrow screens is made.
    pub mobile: bool,
    /// Its size.
    pub mobile_size: ImageSize,
}

impl Default for ImageGeneration {
    fn default() -> Self {
        Self {
            style: "photorealistic".to_owned(),
            image_format: "png".to_owned(),
            max_in_article_images: 2,
            size: ImageSize { width: 1_536, height: 1_024 },
            desktop: false,
            desktop_size: ImageSize { width: 1_536, height: 640 },
            mobile: false,
            mobile_size: ImageSize { width: 768, height: 1_024 },
        }
    }
}

impl ImageGeneration {
    /// The integration's type slug.
    pub const INTEGRATION: &'static str = "image_generation";

    /// The account's settings, or the defaults when it has none.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `config` when they cannot be read.
    pub async fn of(cx: &FunctionContext<'_>) -> Result<Self> {
        match cx.store().get_integration(cx.scope(), Self::INTEGRATION).await {
            Ok(settings) if settings.is_active => {
                let settings: Self = serde_json::from_value(Value::Object(settings.config))
                    .map_err(|error| Error::invalid("config", format!("image_generation: {error}")))?;
                settings.check()?;
                Ok(settings)
            }
            Ok(_) | Err(Error::NotFound { .. }) => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// The size of an image of this type.
    #[must_use]
    pub const fn size_of(&self, image_type: ImageType) -> ImageSize {
        match image_type {
            ImageType::Featured | ImageType::InArticle => self.size,
            ImageType::Desktop => self.desktop_size,
            ImageType::Mobile => self.mobile_size,
        }
    }

    fn check(&self) -> Result<()> {
        let sides = [self.size, self.desktop_size, self.mobile_size];
        let fits = |side: u32| (64..=4_096).contains(&side);
        if !sides.iter().all(|size| fits(size.width) && fits(size.height)) {
            return Err(Error::invalid("config", "image sides must be 64 to 4096 pixels"));
        }
        if self.max_in_article_images > 10 {
            return Err(Error::invalid("config", "max_in_article_images must be at most 10"));
        }
        Ok(())
    }
}
