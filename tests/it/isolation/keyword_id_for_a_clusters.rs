//! Ids of different nouns are different types, though each is a UUID.

use igny8_core::ids::{ClusterId, KeywordId};

fn cluster(_: ClusterId) {}

fn main() {
    cluster(KeywordId::new());
}
