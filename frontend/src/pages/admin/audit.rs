//! The audit log: who did what, and what was denied.

use leptos::prelude::*;
use studyhall_wire::{AuditEntry, AuditOutcome, UserId};

use super::paged::Paged;
use crate::{
    i18n,
    state::use_desk,
    t,
    ui::{Icon, IconButton, IconName, Select, Tag, TagKind, Time, TimeStyle},
};

/// The actions that can be looked for, by their stable words.
const ACTIONS: [&str; 23] = [
    "user.set_role",
    "user.suspend",
    "user.restore",
    "user.reset_link",
    "user.reset_password",
    "user.create",
    "group.update",
    "group.delete",
    "group.set_role",
    "group.add_member",
    "group.remove_member",
    "group.ban",
    "group.unban",
    "group.invite",
    "group.answer_join_request",
    "report.resolve",
    "message.delete",
    "task.retry",
    "users.list",
    "stats.read",
    "tasks.list",
    "reports.list",
    "audit.read",
];

/// What an action is called; one that this version does not know by its word.
fn action_name(word: &str) -> String {
    i18n::lookup(&format!("act-{}", word.replace('.', "-")), &[]).unwrap_or_else(|| word.to_owned())
}

/// Whether the target of an action is a person, and no group, message, report or task.
fn is_done_to_somebody(action: &str) -> bool {
    let in_a_group = ["set_role", "add_member", "remove_member", "ban", "unban", "answer_join_request"];
    match action.split_once('.') {
        Some(("user", _)) => true,
        Some(("group", what)) => in_a_group.contains(&what),
        _ => false,
    }
}

/// The page.
#[component]
pub fn Audit() -> impl IntoView {
    let desk = use_desk();
    let action = RwSignal::new(String::new());
    let actor = RwSignal::new(None::<UserId>);
    let list = Paged::<AuditEntry>::new();
    let wanted = Memo::new(move |_| (actor.get(), action.get()));
    let actions = Signal::derive(|| {
        let any = (String::new(), t!("audit-any"));
        std::iter::once(any).chain(ACTIONS.map(|word| (word.to_owned(), action_name(word)))).collect::<Vec<_>>()
    });
    let fetch = move |cursor: Option<String>| {
        let (actor, action) = wanted.get_untracked();
        async move { desk.api.audit(actor, &action, cursor.as_deref()).await }
    };
    let ask = Callback::new(move |()| list.ask(fetch));
    Effect::new(move || {
        wanted.track();
        ask.run(());
    });
    let rows = move || {
        view! {
            <div class="md-scroll" tabindex="0" role="region" aria-label=t!("admin-audit")>
                <table class="audit">
                    <thead>
                        <tr>
                            <th scope="col">{t!("audit-number")}</th>
                            <th scope="col">{t!("audit-when")}</th>
                            <th scope="col">{t!("audit-who")}</th>
                            <th scope="col">{t!("audit-what")}</th>
                            <th scope="col">{t!("audit-target")}</th>
                            <th scope="col">{t!("audit-outcome")}</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || list.items() key=|entry| entry.number children=move |entry| view! { <Row entry actor /> } />
                    </tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let chosen = move || {
        actor.get().map(|id| {
            view! {
                <p class="audit-actor">
                    <Icon name=IconName::Filter size=16 />
                    <span>{move || t!("audit-by", name = desk.name(id))}</span>
                    <IconButton icon=IconName::X label=t!("clear") small=true on_click=move |()| actor.set(None) />
                </p>
            }
        })
    };
    let more = Callback::new(move |()| list.more(fetch));
    view! {
        <p class="page-note">{t!("audit-hint")}</p>
        <div class="audit-tools">
            <Select label=t!("audit-what") value=action options=actions />
        </div>
        {chosen}
        {list.show(|| t!("audit-empty"), ask, more, rows)}
    }
}

#[component]
fn Row(entry: AuditEntry, actor: RwSignal<Option<UserId>>) -> impl IntoView {
    let desk = use_desk();
    let who = match entry.actor_id {
        Some(id) => view! {
            <button type="button" class="link-btn" on:click=move |_| actor.set(Some(id))>
                <bdi>{move || desk.name(id)}</bdi>
            </button>
        }
        .into_any(),
        None => view! { <span class="meta">{t!("audit-operator")}</span> }.into_any(),
    };
    let outcome = match entry.outcome {
        AuditOutcome::Done => view! { <Tag>{t!("audit-done")}</Tag> }.into_any(),
        AuditOutcome::Denied => view! { <Tag kind=TagKind::Danger>{t!("audit-denied")}</Tag> }.into_any(),
    };
    let detail = entry.detail.as_object().filter(|detail| !detail.is_empty()).map(|detail| {
        let words = detail.iter().map(|(key, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{key}: {value}")
        });
        view! { <span class="audit-detail">{words.collect::<Vec<_>>().join(", ")}</span> }
    });
    let target = entry.target.unwrap_or_default();
    // A person is named, anything else is its id.
    let person = target.parse::<UserId>().ok().filter(|_| is_done_to_somebody(&entry.action));
    let tip = target.clone();
    let target = if let Some(id) = person {
        view! { <bdi>{move || desk.name(id)}</bdi> }.into_any()
    } else {
        view! { <code class="audit-id" data-tip=tip>{target}</code> }.into_any()
    };
    view! {
        <tr>
            <td class="tabular">{entry.number}</td>
            <td class="nowrap">
                <Time at=entry.at style=TimeStyle::Short />
            </td>
            <td>{who}</td>
            <td>
                <span data-tip=entry.action.clone()>{action_name(&entry.action)}</span>
                {detail}
            </td>
            <td>{target}</td>
            <td>{outcome}</td>
        </tr>
    }
}
