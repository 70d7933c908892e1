//! Renewing the session: one exchange at a time, whoever asks.

use std::{cell::RefCell, rc::Rc};

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
};
use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Session, User};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::{
    Api, Body, Method, Request,
    calls::read,
    error::{Error, Result},
    transport,
};

pub(super) type Renewal = Shared<LocalBoxFuture<'static, Result<User>>>;

impl Api {
    /// Trades the refresh cookie for a new session. Calls that come while one is under way share its outcome.
    ///
    /// # Errors
    /// [`Error::SignedOut`] when the cookie is missing, spent or revoked.
    pub async fn renew(self) -> Result<User> {
        if let Some(renewal) = self.renewal.get_value() {
            return renewal.await;
        }
        let renewal = async move {
            let outcome = self.renew_once().await;
            self.renewal.set_value(None);
            outcome
        };
        let renewal = renewal.boxed_local().shared();
        self.renewal.set_value(Some(renewal.clone()));
        // It runs to its end even if who asked is gone by then: a token that was spent must not be lost.
        spawn_local(renewal.clone().map(drop));
        renewal.await
    }

    /// Ends the session that a sign-out could not end, since the server was not there.
    ///
    /// # Errors
    /// Where the server is still not there.
    pub async fn finish_leaving(self) -> Result<()> {
        match self.renew().await {
            Ok(_) => self.logout().await?,
            Err(Error::SignedOut) => {}
            Err(error) => return Err(error),
        }
        self.forget();
        Ok(())
    }

    async fn renew_once(self) -> Result<User> {
        let had_session = self.signed_in.get_value();
        let answer = one_tab_at_a_time(async {
            let request = Request { method: Method::Post, path: "/auth/refresh".into(), body: Body::None, token: None };
            transport::send(&request).await
        })
        .await;
        match answer {
            Ok(answer) => {
                let session: Session = read(&answer.text)?;
                if had_session && self.user.get_value() != Some(session.user.id) {
                    self.replaced();
                    return Err(Error::SignedOut);
                }
                Ok(self.accept(session))
            }
            Err(Error::Problem(problem)) if matches!(problem.status, 400 | 401 | 403 | 422) => {
                self.token.set_value(None);
                if had_session {
                    self.end();
                }
                Err(Error::SignedOut)
            }
            Err(error) => Err(error),
        }
    }
}

/// Runs a future under a Web Lock, so that two tabs don't spend one refresh token twice. Where the browser has no
/// locks (they need a secure context) it just runs: the server gives a spent token's successor again for 30 s.
async fn one_tab_at_a_time<T: 'static>(work: impl Future<Output = T> + 'static) -> T {
    let slot = Rc::new(RefCell::new(None));
    let filled = slot.clone();
    let work = async move {
        let outcome = work.await;
        *filled.borrow_mut() = Some(outcome);
    };
    // Whoever takes it runs it: the lock's callback, or this function where the lock could not be asked for.
    let work = Rc::new(RefCell::new(Some(work.boxed_local())));
    if let Some((manager, request)) = lock_request() {
        let work = work.clone();
        let callback = Closure::once(move |_lock: JsValue| -> js_sys::Promise {
            let work = work.borrow_mut().take();
            wasm_bindgen_futures::future_to_promise(async move {
                if let Some(work) = work {
                    work.await;
                }
                Ok(JsValue::UNDEFINED)
            })
        });
        let called = request.call2(&manager, &JsValue::from_str("studyhall.refresh"), callback.as_ref());
        if let Ok(promise) = called.and_then(JsCast::dyn_into::<js_sys::Promise>) {
            // A lock that is refused leaves the work where it was.
            let _held = JsFuture::from(promise).await;
        }
    }
    let left = work.borrow_mut().take();
    if let Some(work) = left {
        work.await;
    }
    let outcome = slot.borrow_mut().take();
    match outcome {
        Some(outcome) => outcome,
        // The lock broke off half-way: the page is going away, and so is whoever waits.
        None => std::future::pending().await,
    }
}

/// `navigator.locks` and its `request`, where there is such a thing.
fn lock_request() -> Option<(JsValue, js_sys::Function)> {
    let navigator = web_sys::window()?.navigator();
    let manager = js_sys::Reflect::get(&navigator, &JsValue::from_str("locks")).ok().filter(JsValue::is_object)?;
    let request = js_sys::Reflect::get(&manager, &JsValue::from_str("request")).ok()?;
    Some((manager, request.dyn_into().ok()?))
}
