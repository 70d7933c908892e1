//! Mounts the web client.

fn main() {
    console_error_panic_hook::set_once();
    leptos::task::spawn_local(async {
        studyhall_frontend::i18n::start().await;
        leptos::mount::mount_to_body(studyhall_frontend::App);
    });
}
