//! Short notices at the edge of the window, announced politely. Nothing that one must read stands only here.

use std::time::Duration;

use leptos::prelude::*;

use super::{Icon, IconButton, IconName};
use crate::t;

const SHOWN: Duration = Duration::from_secs(6);
/// Older ones give way.
const AT_ONCE: usize = 3;

#[derive(Clone, Debug)]
struct Notice {
    id: u32,
    text: String,
    bad: bool,
    action: Option<(String, Callback<()>)>,
}

/// Where notices are pushed; copy it freely.
#[derive(Clone, Copy, Debug)]
pub struct Toaster {
    notices: RwSignal<Vec<Notice>>,
    next: StoredValue<u32>,
}

impl Toaster {
    /// Says that something was done.
    pub fn info(self, text: impl Into<String>) {
        self.push(text.into(), false, None);
    }

    /// Says that something failed, where there is no better place for it.
    pub fn error(self, text: impl Into<String>) {
        self.push(text.into(), true, None);
    }

    /// Says that something was done, and offers one action, such as "Undo".
    pub fn offer(self, text: impl Into<String>, action: impl Into<String>, call: impl Fn() + Send + Sync + 'static) {
        self.push(text.into(), false, Some((action.into(), Callback::new(move |()| call()))));
    }

    fn push(self, text: String, bad: bool, action: Option<(String, Callback<()>)>) {
        let id = self.next.with_value(|id| id.wrapping_add(1));
        self.next.set_value(id);
        self.notices.update(|notices| {
            notices.push(Notice { id, text, bad, action });
            let surplus = notices.len().saturating_sub(AT_ONCE);
            notices.drain(..surplus);
        });
        set_timeout(move || self.drop_notice(id), if bad { SHOWN * 2 } else { SHOWN });
    }

    fn drop_notice(self, id: u32) {
        self.notices.try_update(|notices| notices.retain(|notice| notice.id != id));
    }
}

/// Makes the toaster that [`use_toasts`] gives; at the root.
pub fn provide_toasts() -> Toaster {
    let toaster = Toaster { notices: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
    provide_context(toaster);
    toaster
}

/// The toaster of the app.
///
/// # Panics
/// Where the root has not called [`provide_toasts`].
#[must_use]
pub fn use_toasts() -> Toaster {
    expect_context()
}

/// Shows the notices; once, at the root.
#[component]
pub fn Toasts() -> impl IntoView {
    let toaster = use_toasts();
    let notice = move |Notice { id, text, bad, action }: Notice| {
        let action = action.map(|(label, call)| {
            view! {
                <button
                    type="button"
                    class="toast-action"
                    on:click=move |_| {
                        toaster.drop_notice(id);
                        call.run(());
                    }
                >
                    {label}
                </button>
            }
        });
        view! {
            <div class="toast" class:toast-bad=bad>
                <Icon name=if bad { IconName::CircleAlert } else { IconName::CircleCheck } />
                <span class="toast-text">{text}</span>
                {action}
                <IconButton
                    icon=IconName::X
                    label=t!("dismiss")
                    small=true
                    tip=false
                    on_click=move |()| toaster.drop_notice(id)
                />
            </div>
        }
    };
    view! {
        <div class="toasts" role="region" aria-label=t!("notices") aria-live="polite">
            <For each=move || toaster.notices.get() key=|notice| notice.id children=notice />
        </div>
    }
    .into_any()
}
