//! The browser's clock, timers and network state, in the few forms that the client needs.

use gloo_timers::future::TimeoutFuture;

/// Milliseconds since 1970.
pub fn now() -> f64 {
    js_sys::Date::now()
}

/// Milliseconds since 1970, whole.
pub fn now_millis() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    let millis = now() as i64;
    millis
}

/// A pause, in milliseconds. Browsers stretch it in hidden tabs.
pub async fn sleep(millis: u32) {
    TimeoutFuture::new(millis).await;
}

/// Whether the browser believes that there is a network at all.
pub fn is_online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// Whether the page can be seen.
pub fn is_visible() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_none_or(|document| document.visibility_state() == web_sys::VisibilityState::Visible)
}

/// A number from 0 up to 1.
pub fn random() -> f64 {
    js_sys::Math::random()
}
