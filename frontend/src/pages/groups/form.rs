//! What a group says of itself, as fields: for a new one and for one's settings.

use leptos::prelude::*;
use studyhall_wire::{
    Group, JoinPolicy, Visibility,
    limits::{GROUP_DESCRIPTION_CHARS, GROUP_NAME_CHARS},
};

use crate::{
    api::Error,
    t,
    ui::{Select, TextArea, TextField},
};

/// The values of the fields.
#[derive(Clone, Copy)]
pub struct Draft {
    name: RwSignal<String>,
    description: RwSignal<String>,
    visibility: RwSignal<String>,
    policy: RwSignal<String>,
}

impl Draft {
    /// The fields of a new group: private, by invitation.
    pub fn new() -> Self {
        Self::with(String::new(), String::new(), Visibility::default(), JoinPolicy::default())
    }

    /// The fields as a group has them now.
    pub fn of(group: &Group) -> Self {
        Self::with(group.name.clone(), group.description.clone(), group.visibility, group.join_policy)
    }

    fn with(name: String, description: String, visibility: Visibility, policy: JoinPolicy) -> Self {
        Self {
            name: RwSignal::new(name),
            description: RwSignal::new(description),
            visibility: RwSignal::new(visibility_word(visibility).to_owned()),
            policy: RwSignal::new(policy_word(policy).to_owned()),
        }
    }

    pub fn name(self) -> String {
        self.name.get_untracked().trim().to_owned()
    }

    pub fn description(self) -> String {
        self.description.get_untracked().trim().to_owned()
    }

    pub fn visibility(self) -> Visibility {
        self.visibility
            .with_untracked(|word| {
                [Visibility::Public, Visibility::Private].into_iter().find(|one| visibility_word(*one) == word)
            })
            .unwrap_or_default()
    }

    pub fn policy(self) -> JoinPolicy {
        self.policy
            .with_untracked(|word| {
                [JoinPolicy::Open, JoinPolicy::Approval, JoinPolicy::Invite]
                    .into_iter()
                    .find(|one| policy_word(*one) == word)
            })
            .unwrap_or_default()
    }
}

const fn visibility_word(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Private => "private",
    }
}

const fn policy_word(policy: JoinPolicy) -> &'static str {
    match policy {
        JoinPolicy::Open => "open",
        JoinPolicy::Approval => "approval",
        JoinPolicy::Invite => "invite",
    }
}

/// The fields, and what is wrong with them.
#[component]
pub fn Fields(draft: Draft, error: RwSignal<Option<Error>>, #[prop(optional)] autofocus: bool) -> impl IntoView {
    let field = move |name: &'static str| Signal::derive(move || error.with(|error| error.as_ref()?.field(name)));
    let visibilities = Signal::derive(|| {
        vec![
            (visibility_word(Visibility::Private).to_owned(), t!("visibility-private")),
            (visibility_word(Visibility::Public).to_owned(), t!("visibility-public")),
        ]
    });
    let policies = Signal::derive(|| {
        vec![
            (policy_word(JoinPolicy::Invite).to_owned(), t!("policy-invite")),
            (policy_word(JoinPolicy::Approval).to_owned(), t!("policy-approval")),
            (policy_word(JoinPolicy::Open).to_owned(), t!("policy-open")),
        ]
    });
    // What is said beside a field is not said again below.
    let general = move || {
        let beside = ["name", "description", "visibility", "join_policy"];
        error
            .get()
            .filter(|error| !beside.iter().any(|name| error.field(name).is_some()))
            .map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })
    };
    view! {
        <TextField
            label=t!("group-name")
            value=draft.name
            error=field("name")
            max_chars=GROUP_NAME_CHARS
            required=true
            autofocus
        />
        <TextArea
            label=t!("group-description")
            value=draft.description
            hint=t!("group-description-hint")
            error=field("description")
            max_chars=GROUP_DESCRIPTION_CHARS
        />
        <div class="two-columns">
            <Select label=t!("group-visibility") value=draft.visibility options=visibilities error=field("visibility") />
            <Select label=t!("group-policy") value=draft.policy options=policies error=field("join_policy") />
        </div>
        {general}
    }
}
