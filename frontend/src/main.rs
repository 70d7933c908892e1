//! Mounts the web client.

fn main() {
    console_error_panic_hook::set_once();
    // Not by Leptos, which has nobody to run it before something is mounted.
    wasm_bindgen_futures::spawn_local(async {
        studyhall_frontend::i18n::start().await;
        leptos::mount::mount_to_body(studyhall_frontend::App);
    });
}
