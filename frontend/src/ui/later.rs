//! What stands where a part of the client is still on its way.

use std::{future::Future, sync::Arc};

use futures_util::{FutureExt as _, future::LocalBoxFuture};
use leptos::{prelude::*, task::spawn_local};

use super::{ErrorState, Skeleton, focus};
use crate::{parts::Code, t};

/// Shows what `draw` makes of a part of the client: at once where its code is here, after a skeleton where it has to be
/// fetched. Where that fails, it says so and tries again when asked to.
#[component]
pub fn Later<D, F>(
    /// One of [`crate::parts`].
    code: fn() -> F,
    draw: impl Fn(D) -> AnyView + Send + Sync + 'static,
    /// Whether it is the page's main pane that is waited for.
    #[prop(optional)]
    pane: bool,
) -> impl IntoView
where
    D: Copy + Send + Sync + 'static,
    F: Future<Output = Code<D>> + 'static,
{
    let draw = Arc::new(draw);
    let fetch = move || {
        let draw = Arc::clone(&draw);
        let arrival = async move {
            match code().await {
                Ok(part) => Arrival::Here(ViewFn::from(move || draw(part))),
                Err(_) => Arrival::Failed,
            }
        };
        arrival.boxed_local()
    };
    view! { <Arriving fetch=Box::new(fetch) pane /> }
}

/// A page whose code may still be on its way.
pub fn later_page<D, F>(code: fn() -> F, draw: impl Fn(D) -> AnyView + Send + Sync + 'static) -> AnyView
where
    D: Copy + Send + Sync + 'static,
    F: Future<Output = Code<D>> + 'static,
{
    view! { <Later code draw pane=true /> }.into_any()
}

/// How a part stands.
#[derive(Clone)]
enum Arrival {
    Coming,
    Here(ViewFn),
    Failed,
}

/// [`Later`] without its types, so that it is compiled once.
#[component]
fn Arriving(fetch: Box<dyn Fn() -> LocalBoxFuture<'static, Arrival> + Send + Sync>, pane: bool) -> impl IntoView {
    let arrival = RwSignal::new(fetch().now_or_never().unwrap_or(Arrival::Failed));
    let again = Callback::new(move |()| {
        arrival.set(Arrival::Coming);
        let coming = fetch();
        spawn_local(async move {
            let came = coming.await;
            let here = matches!(came, Arrival::Here(_));
            arrival.try_set(came);
            if here {
                focus::to_late_field();
            }
        });
    });
    if !matches!(arrival.get_untracked(), Arrival::Here(_)) {
        again.run(());
    }
    move || {
        let instead = match arrival.get() {
            Arrival::Here(part) => return part.run(),
            Arrival::Coming => view! { <Skeleton /> }.into_any(),
            Arrival::Failed => {
                view! { <ErrorState title=t!("part-failed") text=t!("part-failed-text") on_retry=again /> }.into_any()
            }
        };
        if pane {
            view! {
                <main class="pane pane-main" id="main" tabindex="-1">
                    {instead}
                </main>
            }
            .into_any()
        } else {
            instead
        }
    }
}
