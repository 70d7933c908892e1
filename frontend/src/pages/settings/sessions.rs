//! Where one is signed in, and ending what should not be.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{SessionId, SessionInfo};

use crate::{
    api::Error,
    state::use_desk,
    t,
    ui::{Button, ErrorState, Icon, IconName, RelativeTime, Skeleton, SkeletonKind, Tag, TagKind},
};

/// How the list stands.
#[derive(Clone)]
enum List {
    Loading,
    There(Vec<SessionInfo>),
    Failed(Error),
}

/// The page.
#[component]
pub fn Sessions() -> impl IntoView {
    let desk = use_desk();
    let failure = RwSignal::new(None::<Error>);
    let sessions = RwSignal::new(List::Loading);
    let busy = RwSignal::new(false);
    let load = move || {
        spawn_local(async move {
            let now = match desk.api.sessions().await {
                Ok(page) => List::There(page.items),
                Err(error) => List::Failed(error),
            };
            sessions.try_set(now);
        });
    };
    load();
    let end = Callback::new(move |id: Option<SessionId>| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            let answer = match id {
                Some(id) => desk.api.revoke_session(id).await,
                None => desk.api.revoke_other_sessions().await,
            };
            busy.try_set(false);
            if let Err(error) = answer {
                failure.try_set(Some(error));
            }
            load();
        });
    });
    let shown = move || match sessions.get() {
        List::Loading => view! { <Skeleton kind=SkeletonKind::List rows=3 /> }.into_any(),
        List::Failed(error) => {
            view! { <ErrorState title=t!("sessions-failed") text=error.text() on_retry=move |()| load() /> }.into_any()
        }
        List::There(list) => {
            let others = list.iter().any(|session| !session.current);
            view! {
                <ul class="plain-list sessions" aria-label=t!("settings-sessions")>
                    {list.into_iter().map(|session| view! { <Session session end /> }).collect_view()}
                </ul>
                {others
                    .then(|| {
                        view! {
                            <footer class="form-actions">
                                <Button busy on_click=move |()| end.run(None)>
                                    {t!("sessions-end-others")}
                                </Button>
                            </footer>
                        }
                    })}
            }
            .into_any()
        }
    };
    view! {
        <section class="card" aria-labelledby="sessions-title">
            <header class="card-head">
                <h2 id="sessions-title">{t!("settings-sessions")}</h2>
                <p class="meta">{t!("sessions-hint")}</p>
            </header>
            {move || failure.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })}
            {shown}
        </section>
    }
}

#[component]
fn Session(session: SessionInfo, end: Callback<Option<SessionId>>) -> impl IntoView {
    let agent = session.user_agent.unwrap_or_default();
    let device = device(&agent).unwrap_or_else(|| if agent.is_empty() { t!("session-unknown") } else { agent.clone() });
    let phone = ["Android", "iPhone", "iPad"].iter().any(|word| agent.contains(word));
    let id = session.id;
    let name = device.clone();
    view! {
        <li class="session">
            <Icon name=if phone { IconName::Smartphone } else { IconName::Laptop } size=20 />
            <div class="row-text">
                <span class="row-title">{device}</span>
                <span class="row-sub">
                    {session.ip.map(|ip| format!("{ip} · "))} <RelativeTime at=session.last_used_at />
                </span>
            </div>
            {if session.current {
                view! { <Tag kind=TagKind::Lamp>{t!("session-current")}</Tag> }.into_any()
            } else {
                view! {
                    <Button on_click=move |()| end.run(Some(id)) attr:aria-label=t!("session-end-label", device = name)>
                        {t!("session-end")}
                    </Button>
                }
                    .into_any()
            }}
        </li>
    }
}

/// "Firefox, Linux", as far as a user agent's words tell; browsers name those whose ways they imitate, so order counts.
fn device(agent: &str) -> Option<String> {
    let first =
        |words: &[(&str, &'static str)]| words.iter().find(|(word, _)| agent.contains(word)).map(|(_, name)| *name);
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ])?;
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    Some(system.map_or_else(|| browser.to_owned(), |system| format!("{browser}, {system}")))
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn devices_are_named_by_browser_and_system() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36";
        assert_eq!(device(chrome).as_deref(), Some("Chrome, Linux"));
        let edge = format!("{chrome} Edg/131.0").replace("X11; Linux x86_64", "Windows NT 10.0");
        assert_eq!(device(&edge).as_deref(), Some("Edge, Windows"));
        assert_eq!(device("curl/8.5"), None);
    }
}
