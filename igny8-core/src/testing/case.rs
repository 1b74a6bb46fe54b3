//! A case as a value, and the list that a room makes of its own.

use futures_util::future::BoxFuture;

use super::check::Outcome;
use super::world::World;

/// One rule, shown.
pub(super) struct Case {
    /// Room and rule, such as `keywords::a_spelling_is_unique_in_its_sector`.
    pub(super) name: &'static str,
    pub(super) play: for<'a> fn(&'a World) -> BoxFuture<'a, Outcome>,
}

/// The cases of a room, each named after its function.
macro_rules! cases {
    ($room:literal: $($case:ident,)+) => {
        pub(in crate::testing) const CASES: &[$crate::testing::case::Case] = &[$(
            $crate::testing::case::Case {
                name: concat!($room, "::", stringify!($case)),
                play: |world| Box::pin($case(world)),
            },
        )+];
    };
}
pub(super) use cases;
