//! A button that opens a menu (ARIA's menu button pattern).

use leptos::{html, prelude::*};

use super::{
    Icon, IconName, Popover, Side,
    focus::{self, Axis},
};

/// One line of a [`Menu`].
#[derive(Clone, Debug)]
pub struct MenuItem {
    label: String,
    icon: Option<IconName>,
    danger: bool,
    disabled: bool,
    checked: Option<bool>,
    group: bool,
    action: Action,
}

#[derive(Clone, Debug)]
enum Action {
    Call(Callback<()>),
    Go(String),
}

impl MenuItem {
    /// A line that calls `action` when chosen; the menu is closed by then.
    pub fn new(label: impl Into<String>, action: impl Fn() + Send + Sync + 'static) -> Self {
        Self::of(label.into(), Action::Call(Callback::new(move |()| action())))
    }

    /// A line that leads to a URL.
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self::of(label.into(), Action::Go(href.into()))
    }

    fn of(label: String, action: Action) -> Self {
        Self { label, icon: None, danger: false, disabled: false, checked: None, group: false, action }
    }

    #[must_use]
    pub fn icon(mut self, icon: IconName) -> Self {
        self.icon = Some(icon);
        self
    }

    /// For what destroys something.
    #[must_use]
    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    #[must_use]
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// One of several choices: shows a check mark, or room for one.
    #[must_use]
    pub fn checked(mut self, checked: bool) -> Self {
        self.checked = Some(checked);
        self
    }

    /// Begins a new group: draws a line above.
    #[must_use]
    pub fn group(mut self) -> Self {
        self.group = true;
        self
    }
}

/// A button with a menu. With children, they are its content; else `icon` is. The menu opens by click, Enter, Space or
/// the arrow keys; inside, arrows, Home, End and first letters move, Esc and Tab close.
#[component]
pub fn Menu(
    /// The name of the button and of the menu.
    #[prop(into)]
    label: Signal<String>,
    /// Made anew each time that the menu opens.
    #[prop(into)]
    items: Signal<Vec<MenuItem>>,
    #[prop(optional)] side: Side,
    #[prop(default = IconName::Ellipsis)] icon: IconName,
    /// The class of the button.
    #[prop(default = "icon-btn")]
    class: &'static str,
    /// Whether the button shows its name as a tooltip.
    #[prop(default = true)]
    tip: bool,
    /// The size of the icon, in px.
    #[prop(default = 20)]
    size: u32,
    /// `-1` in a toolbar, whose buttons the arrow keys reach.
    #[prop(default = "0")]
    tabindex: &'static str,
    /// To open it from elsewhere.
    #[prop(optional)]
    open: RwSignal<bool>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    let content = children.map_or_else(|| view! { <Icon name=icon size /> }.into_any(), |children| children());
    view! {
        <span class="popover-anchor">
            <button
                node_ref=button
                type="button"
                class=class
                tabindex=tabindex
                aria-label=move || label.get()
                data-tip=move || tip.then(|| label.get())
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
                on:keydown=move |event| {
                    if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") {
                        event.prevent_default();
                        open.set(true);
                    }
                }
            >
                {content}
            </button>
            <Popover open role="menu" label side class="menu">
                <MenuItems items open button />
            </Popover>
        </span>
    }
    .into_any()
}

#[component]
fn MenuItems(items: Signal<Vec<MenuItem>>, open: RwSignal<bool>, button: NodeRef<html::Button>) -> impl IntoView {
    let list = NodeRef::<html::Div>::new();
    let on_key = move |event: web_sys::KeyboardEvent| {
        let Some(list) = list.get_untracked() else { return };
        if event.key() == "Tab" {
            open.set(false);
        } else if !focus::move_by_arrows(&event, &list, "[role^=menuitem]", Axis::Vertical) {
            jump_to_letter(&event, &list);
        }
    };
    view! {
        <div node_ref=list class="menu-items" role="none" on:keydown=on_key>
            {move || items.get().into_iter().map(|item| menu_item(item, open, button)).collect_view()}
        </div>
    }
    .into_any()
}

fn menu_item(item: MenuItem, open: RwSignal<bool>, button: NodeRef<html::Button>) -> impl IntoView {
    let MenuItem { label, icon, danger, disabled, checked, group, action } = item;
    let role = if checked.is_some() { "menuitemradio" } else { "menuitem" };
    let icon = match checked {
        Some(true) => Some(IconName::Check),
        Some(false) => None,
        None => icon,
    };
    let icon = view! { <span class="menu-icon">{icon.map(|name| view! { <Icon name size=16 /> })}</span> };
    let class = if danger { "menu-item menu-item-danger" } else { "menu-item" };
    let line = group.then(|| view! { <div class="menu-line" role="separator"></div> });
    let item = match action {
        Action::Go(href) => view! {
            <a class=class role=role tabindex="-1" href=href on:click=move |_| open.set(false)>
                {icon}
                {label}
            </a>
        }
        .into_any(),
        Action::Call(call) => view! {
            <button
                type="button"
                class=class
                role=role
                tabindex="-1"
                aria-checked=checked.map(|checked| checked.to_string())
                disabled=disabled
                on:click=move |_| {
                    // Before the menu is gone: a dialogue that is opened now gives the focus back to where it was.
                    if let Some(button) = button.get_untracked() {
                        let _ = button.focus();
                    }
                    open.set(false);
                    call.run(());
                }
            >
                {icon}
                {label}
            </button>
        }
        .into_any(),
    };
    view! {
        {line}
        {item}
    }
}

/// Moves to the next line that begins with the letter that was typed.
fn jump_to_letter(event: &web_sys::KeyboardEvent, list: &web_sys::Element) {
    let key = event.key().to_lowercase();
    if key.chars().count() != 1 || key == " " || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let items = focus::matching(list, "[role^=menuitem]");
    let current = focus::focused().and_then(|focused| items.iter().position(|item| *item == focused));
    let after = current.map_or(0, |at| at + 1);
    let begins = |at: &usize| {
        let text = items[at % items.len()].text_content().unwrap_or_default();
        text.trim_start().to_lowercase().starts_with(&key)
    };
    if let Some(at) = (after..after + items.len()).find(begins) {
        let _ = items[at % items.len()].focus();
    }
}
