//! One's profile: picture, name, a few words, and who may write.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{
    DmPolicy, UpdateProfile,
    limits::{BIO_CHARS, DISPLAY_NAME_CHARS},
};

use crate::{
    api::Error,
    pages::picture::Picture,
    state::use_desk,
    t,
    ui::{Avatar, AvatarSize, Button, ButtonKind, Select, TextArea, TextField, use_toasts},
};

/// The page.
#[component]
pub fn Profile() -> impl IntoView {
    view! {
        <MyPicture />
        <About />
    }
}

#[component]
fn MyPicture() -> impl IntoView {
    let desk = use_desk();
    let me = Signal::derive(move || desk.me.with(|me| me.user.clone()));
    let has_one = Memo::new(move |_| desk.me.with(|me| me.user.avatar_url.is_some()));
    let save = move |file: Option<web_sys::File>| async move {
        match file {
            Some(file) => desk.api.set_avatar(file).await?,
            None => desk.api.remove_avatar().await?,
        }
        desk.refresh_me().await
    };
    view! {
        <Picture has_one save>
            <Avatar user=me size=AvatarSize::Large />
        </Picture>
    }
}

#[component]
fn About() -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let me = desk.me.get_untracked();
    let username = me.user.username.clone();
    let display_name = RwSignal::new(me.user.display_name);
    let bio = RwSignal::new(me.user.bio);
    let policy = RwSignal::new(policy_word(me.dm_policy).to_owned());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let field = move |name: &'static str| Signal::derive(move || error.with(|error| error.as_ref()?.field(name)));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let body = UpdateProfile {
            display_name: Some(display_name.get_untracked().trim().to_owned()),
            bio: Some(bio.get_untracked().trim().to_owned()),
            dm_policy: Some(policy_of(&policy.get_untracked())),
            ..UpdateProfile::default()
        };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = desk.update_me(&body).await;
            busy.try_set(false);
            match answer {
                Ok(()) => toasts.info(t!("saved")),
                Err(problem) => drop(error.try_set(Some(problem))),
            }
        });
    };
    let general = move || {
        error
            .get()
            .filter(|error| error.field("display_name").is_none() && error.field("bio").is_none())
            .map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })
    };
    let policies = Signal::derive(|| {
        vec![
            ("everyone".to_owned(), t!("dm-everyone")),
            ("friends".to_owned(), t!("dm-friends")),
            ("nobody".to_owned(), t!("dm-nobody")),
        ]
    });
    view! {
        <section class="card" aria-labelledby="about-title">
            <header class="card-head">
                <h2 id="about-title">{t!("about-you")}</h2>
                <p class="meta">"@" {username}</p>
            </header>
            <form class="form" aria-labelledby="about-title" on:submit=submit novalidate>
                <TextField
                    label=t!("display-name")
                    value=display_name
                    error=field("display_name")
                    autocomplete="name"
                    max_chars=DISPLAY_NAME_CHARS
                />
                <TextArea label=t!("bio") value=bio hint=t!("bio-hint") error=field("bio") max_chars=BIO_CHARS />
                <Select label=t!("dm-policy") value=policy options=policies />
                {general}
                <footer class="form-actions">
                    <Button kind=ButtonKind::Primary submit=true busy>
                        {t!("save")}
                    </Button>
                </footer>
            </form>
        </section>
    }
}

const fn policy_word(policy: DmPolicy) -> &'static str {
    match policy {
        DmPolicy::Everyone => "everyone",
        DmPolicy::Friends => "friends",
        DmPolicy::Nobody => "nobody",
    }
}

fn policy_of(word: &str) -> DmPolicy {
    match word {
        "friends" => DmPolicy::Friends,
        "nobody" => DmPolicy::Nobody,
        _ => DmPolicy::Everyone,
    }
}
