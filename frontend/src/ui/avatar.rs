//! People at a glance: a photo, else initials on one of eight hues.

use leptos::prelude::*;
use studyhall_wire::{Presence, User};

/// How large an avatar is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarSize {
    /// 20 px: beside one line of text.
    Tiny,
    /// 28 px: in dense lists.
    Small,
    /// 36 px: messages, the conversation list.
    #[default]
    Medium,
    /// 72 px: profiles.
    Large,
}

impl AvatarSize {
    const fn class(self) -> &'static str {
        match self {
            Self::Tiny => "avatar avatar-tiny",
            Self::Small => "avatar avatar-small",
            Self::Medium => "avatar",
            Self::Large => "avatar avatar-large",
        }
    }
}

/// The number of hues that avatars have; `--hue-0` to `--hue-7` in the tokens.
const HUES: u32 = 8;

/// One of the eight hues, always the same for the same seed: FNV-1a (32 bits) of its bytes.
#[must_use]
pub fn hue(seed: &str) -> u32 {
    seed.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) % HUES
}

/// The first letters of the first and the last word of a name, in upper case; "?" where there are none.
#[must_use]
pub fn initials(name: &str) -> String {
    let letter = |word: &str| word.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().to_string());
    let letters: Vec<String> =
        name.split(|c: char| c.is_whitespace() || "._-".contains(c)).filter_map(letter).collect();
    match letters.as_slice() {
        [] => "?".to_owned(),
        [one] => one.clone(),
        [first, .., last] => format!("{first}{last}"),
    }
}

/// A photo, or initials on a hue of `seed`. Hidden from assistive technology: the name stands beside it.
#[component]
pub fn Monogram(
    /// What the hue is made from: an id.
    #[prop(into)]
    seed: Signal<String>,
    #[prop(into)] name: Signal<String>,
    /// The URL of a photo; one that does not load gives way to the initials.
    #[prop(optional, into)]
    photo: Signal<Option<String>>,
    #[prop(optional)] size: AvatarSize,
    /// Draws a dot: filled for online, a ring for away, none for offline.
    #[prop(optional, into)]
    presence: Signal<Presence>,
) -> impl IntoView {
    let broken = RwSignal::new(None::<String>);
    let shown = move || photo.get().filter(|url| broken.get().as_ref() != Some(url));
    let dot = move || match presence.get() {
        Presence::Online => Some("presence presence-online"),
        Presence::Away => Some("presence presence-away"),
        Presence::Offline => None,
    };
    view! {
        <span class=size.class() aria-hidden="true" data-hue=move || hue(&seed.get()).to_string()>
            {move || match shown() {
                Some(url) => {
                    let failed = url.clone();
                    view! {
                        <img
                            src=url
                            alt=""
                            decoding="async"
                            draggable="false"
                            on:error=move |_| broken.set(Some(failed.clone()))
                        />
                    }
                        .into_any()
                }
                None => {
                    // An attribute, drawn by the style sheet: the letters are no text, neither of a button around them
                    // nor of what is selected and copied.
                    view! { <span class="avatar-initials" data-initials=initials(&name.get())></span> }.into_any()
                },
            }} {move || dot().map(|class| view! { <span class=class></span> })}
        </span>
    }
    .into_any()
}

/// A person's avatar. A deleted account is a grey "?".
#[component]
pub fn Avatar(
    #[prop(into)] user: Signal<User>,
    #[prop(optional)] size: AvatarSize,
    /// Whether to show the presence.
    #[prop(optional)]
    presence: bool,
) -> impl IntoView {
    let seed = Memo::new(move |_| user.with(|user| user.id.to_string()));
    let name = Memo::new(move |_| {
        user.with(|user| if user.display_name.is_empty() { user.username.clone() } else { user.display_name.clone() })
    });
    let photo = Memo::new(move |_| user.with(|user| user.avatar_url.clone()));
    let state = Memo::new(move |_| if presence { user.with(|user| user.presence) } else { Presence::Offline });
    view! { <Monogram seed name photo size presence=state /> }
}

#[cfg(test)]
mod tests {
    use super::{HUES, hue, initials};

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials("Juan de la Cruz"), "JC");
        assert_eq!(initials("jo.an"), "JA");
        assert_eq!(initials("王小明"), "王");
        assert_eq!(initials("élodie ßtraße"), "ÉSS");
        assert_eq!(initials("  🙂 "), "?");
        assert_eq!(initials(""), "?");
    }

    #[test]
    fn the_hue_is_steady_and_every_one_is_used() {
        assert_eq!(hue("0199d5a4-0000-7000-8000-000000000001"), hue("0199d5a4-0000-7000-8000-000000000001"));
        let mut seen = [false; HUES as usize];
        for n in 0..200 {
            seen[hue(&format!("0199d5a4-0000-7000-8000-{n:012}")) as usize] = true;
        }
        assert!(seen.iter().all(|seen| *seen));
    }
}
