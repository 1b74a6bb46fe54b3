//! The table of routes: each path with and without its last slash, and, with `openapi`, what the document says of it.

use axum::Router;
use axum::handler::Handler;
use axum::routing;

use crate::app::App;

/// Where the API begins, below where the router is mounted.
pub(crate) const BASE: &str = "/api/v1";

/// Routes of one subject.
pub(crate) struct Routes {
    #[cfg(feature = "openapi")]
    tag: &'static str,
    #[cfg(not(feature = "openapi"))]
    router: Router<App>,
    #[cfg(feature = "openapi")]
    router: aide::axum::ApiRouter<App>,
}

#[cfg(feature = "openapi")]
mod documented {
    //! With the document.

    use aide::axum::ApiRouter;
    use aide::openapi::OpenApi;
    use aide::operation::{OperationHandler, OperationInput, OperationOutput};

    use super::{App, BASE, Handler, Router, Routes, routing};
    use crate::openapi;

    macro_rules! method {
        ($name:ident, $name_with:ident) => {
            /// Adds a handler: its path below the base, the operation's id, and a line that says what it does.
            pub(crate) fn $name<H, I, O, T>(
                mut self,
                path: &str,
                id: &'static str,
                summary: &'static str,
                handler: H,
            ) -> Self
            where
                H: Handler<T, App> + OperationHandler<I, O>,
                I: OperationInput,
                O: OperationOutput,
                T: 'static,
            {
                let full = format!("{BASE}/{path}");
                let slashless = full.trim_end_matches('/').to_owned();
                let tag = self.tag;
                if slashless != full {
                    self.router = self.router.route(&slashless, routing::$name(handler.clone()));
                }
                let route = aide::axum::routing::$name_with(handler, |mut operation| {
                    openapi::name_path_parameter(operation.inner_mut(), path);
                    operation.id(id).summary(summary).tag(tag)
                });
                self.router = self.router.api_route(&full, route);
                self
            }
        };
    }

    impl Routes {
        /// No routes yet, for this subject.
        pub(crate) fn of(tag: &'static str) -> Self {
            Self { tag, router: ApiRouter::new() }
        }

        method!(get, get_with);
        method!(post, post_with);
        method!(put, put_with);
        method!(patch, patch_with);
        method!(delete, delete_with);

        /// The router, and what it adds to the document.
        pub(crate) fn all(subjects: impl IntoIterator<Item = Self>) -> (Router<App>, OpenApi) {
            let all = subjects.into_iter().fold(ApiRouter::new(), |all, one| all.merge(one.router));
            let mut document = openapi::empty();
            let router = all.finish_api(&mut document);
            (router, document)
        }
    }
}

#[cfg(not(feature = "openapi"))]
mod plain {
    //! Without the document.

    use super::{App, BASE, Handler, Router, Routes, routing};

    macro_rules! method {
        ($name:ident) => {
            /// Adds a handler: its path below the base; id and summary are for the document.
            pub(crate) fn $name<H, T>(mut self, path: &str, _id: &str, _summary: &str, handler: H) -> Self
            where
                H: Handler<T, App>,
                T: 'static,
            {
                let full = format!("{BASE}/{path}");
                let slashless = full.trim_end_matches('/').to_owned();
                if slashless != full {
                    self.router = self.router.route(&slashless, routing::$name(handler.clone()));
                }
                self.router = self.router.route(&full, routing::$name(handler));
                self
            }
        };
    }

    impl Routes {
        /// No routes yet, for this subject.
        pub(crate) fn of(_tag: &str) -> Self {
            Self { router: Router::new() }
        }

        method!(get);
        method!(post);
        method!(put);
        method!(patch);
        method!(delete);

        /// The router.
        pub(crate) fn all(subjects: impl IntoIterator<Item = Self>) -> Router<App> {
            subjects.into_iter().fold(Router::new(), |all, one| all.merge(one.router))
        }
    }
}
