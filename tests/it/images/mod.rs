//! Images from prompt to file through a worker: each image for itself, none bought twice, none charged that is not there,
//! nothing left lying about.

mod failing;
mod keeping;

use igny8_core::functions::GenerateImages;
use igny8_core::ids::{ImageId, RunId};
use igny8_core::pipeline::{Image, ImageStatus};
use igny8_core::runs::{CallOutcome, Run, RunState};
use igny8_tests::painter::Order;
use igny8_tests::{Desk, Painter, Picture, ShakyBlobs};

/// The credits that a new desk has.
const GRANTED: i64 = 5_000;
/// What an image costs.
const PRICE: i64 = 5;

/// A desk with a painter and a place for files.
struct Studio {
    desk: Desk,
    painter: Painter,
    blobs: ShakyBlobs,
}

impl Studio {
    async fn painting(script: impl Fn(&Order) -> Picture + Send + Sync + 'static) -> Self {
        let (painter, blobs) = (Painter::painting(script), ShakyBlobs::default());
        let outfit = (painter.clone(), blobs.clone());
        let desk = Desk::on_file(|builder| builder.image_model(outfit.0).blobs(outfit.1)).await;
        Self { desk, painter, blobs }
    }

    /// A run for so many images.
    async fn start(&self, count: usize) -> (RunId, Vec<ImageId>) {
        let images = self.desk.images(count).await;
        let request = GenerateImages::for_images(images.clone());
        (self.desk.igny8.start(&self.desk.scope, request).await.unwrap().id(), images)
    }

    async fn image(&self, id: ImageId) -> Image {
        self.desk.igny8.images(&self.desk.scope).get(id).await.unwrap()
    }

    /// The run ended so, was charged for so many images, whose files are the only ones there are, and the ledger is sound.
    async fn assert_made(&self, run: RunId, state: RunState, count: usize) -> Run {
        let finished = self.desk.finished(run).await;
        let charged = PRICE * i64::try_from(count).unwrap();
        assert_eq!((finished.state, finished.charged), (state, Some(charged)), "{finished:#?}");
        let balance = self.desk.balance().await;
        assert_eq!((balance.balance, balance.reserved), (GRANTED - charged, 0));
        let images = self.desk.all_images().await;
        let mut files: Vec<String> = images.iter().filter_map(|image| image.image_url.clone()).collect();
        files.sort();
        assert_eq!(files.len(), count);
        assert!(
            images.iter().all(|image| image.image_url.is_some() == (image.status == ImageStatus::Generated))
        );
        igny8_tests::desk::eventually("no other file is left", async || match self.blobs.keys() {
            keys if keys == files => Ok(()),
            keys => Err(format!("{keys:#?}")),
        })
        .await;
        self.desk.assert_ledger_sound().await;
        finished
    }

    /// How the recorded calls ended, oldest first.
    async fn outcomes(&self, run: RunId) -> Vec<CallOutcome> {
        self.desk.calls(run).await.iter().map(|call| call.outcome).collect()
    }
}
