//! Copying.

use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Puts a text on the clipboard; answers whether it is there.
pub async fn copy(text: &str) -> bool {
    match by_promise(text) {
        Some(copied) => JsFuture::from(copied).await.is_ok(),
        None => by_selection(text).is_some(),
    }
}

/// `navigator.clipboard.writeText`, where the page came over a connection that the browser trusts with it.
fn by_promise(text: &str) -> Option<js_sys::Promise> {
    let navigator = web_sys::window()?.navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).ok().filter(JsValue::is_object)?;
    let write: js_sys::Function = js_sys::Reflect::get(&clipboard, &"writeText".into()).ok()?.dyn_into().ok()?;
    write.call1(&clipboard, &text.into()).ok()?.dyn_into().ok()
}

/// The old way: a field that nobody sees, selected, and `document.execCommand("copy")`.
fn by_selection(text: &str) -> Option<()> {
    let document = document();
    let before = super::focus::focused();
    let field: web_sys::HtmlTextAreaElement = document.create_element("textarea").ok()?.dyn_into().ok()?;
    field.set_value(text);
    field.set_class_name("visually-hidden");
    document.body()?.append_child(&field).ok()?;
    field.select();
    let command: js_sys::Function = js_sys::Reflect::get(&document, &"execCommand".into()).ok()?.dyn_into().ok()?;
    let copied = command.call1(&document, &"copy".into()).ok()?.as_bool() == Some(true);
    field.remove();
    if let Some(before) = before {
        let _ = before.focus();
    }
    copied.then_some(())
}
