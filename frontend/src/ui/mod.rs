//! The component set: everything a page is made of, and nothing that knows about the server.
//!
//! Components take plain values or signals (`Signal<T>`: a value, a signal or a closure all fit), report through
//! callbacks, and carry their roles, names and keyboard behaviour with them. Their looks are in `styles/`; each style
//! sheet opens with the markup that it expects. Texts come from `locales/` through [`crate::t!`].
//!
//! | component | what it is | props (`?`: may be left out) |
//! |---|---|---|
//! | [`Icon`] | an outline icon, hidden from assistive technology | `name` `size?` |
//! | [`Button`] | a button with words | `kind?` `icon?` `busy?` `disabled?` `submit?` `wide?` `on_click?` children |
//! | [`IconButton`] | a button with an icon, a name and a tooltip | `icon` `label` `pressed?` `disabled?` `small?` `tip?` `on_click?` |
//! | [`TextField`] | one line of text | `label` `value` `hint?` `error?` `input_type?` `autocomplete?` `verbatim?` `required?` `max_chars?` `autofocus?` `disabled?` |
//! | [`PasswordField`] | a password that can be shown | `label` `value` `hint?` `error?` `fresh?` `required?` |
//! | [`TextArea`] | several lines | `label` `value` `hint?` `error?` `rows?` `max_chars?` |
//! | [`Select`] | one of a list | `label` `value` `options` `hint?` `error?` |
//! | [`Switch`] | on or off | `label` `checked` `on_change` `hint?` `disabled?` |
//! | [`SearchField`] | a searchbox with a clear button | `label` `value` `placeholder?` `autofocus?` `input_ref?` |
//! | [`Avatar`] | a person: photo or initials, presence | `user` `size?` `presence?` |
//! | [`Monogram`] | the same for what is not a [`studyhall_wire::User`] | `seed` `name` `photo?` `size?` |
//! | [`Dialog`] | a modal dialogue: traps focus, Esc closes, gives focus back | `open` `title` `plain?` `wide?` `on_close?` children |
//! | [`ConfirmDialog`] | asks before something that cannot be undone | `open` `title` `text` `confirm` `danger?` `busy?` `error?` `on_confirm` |
//! | [`Popover`] | what floats beside its anchor | `open` `role` `label` `side?` children |
//! | [`Menu`] | a button with a menu, moved through by arrow keys | `label` `items` `side?` `icon?` `size?` `class?` `tip?` `tabindex?` children? |
//! | [`Tabs`] | tabs and the panel of the selected one | `label` `items` `selected` children |
//! | [`Skeleton`] | what is loading, after 150 ms | `kind?` `rows?` |
//! | [`EmptyState`] | what will be here, and the action that fills it | `icon` `text` children? |
//! | [`ErrorState`] | what went wrong and what to do | `title` `text?` `on_retry?` `inline?` |
//! | [`OfflineBar`] | status "Connection" | `state` |
//! | [`Badge`] | a count | `count` `label?` `strong?` |
//! | [`Tag`] | a small label | `kind?` children |
//! | [`Toasts`] | short notices; push with [`use_toasts`] | |
//! | [`TooltipLayer`] | draws the tooltip of whatever has `data-tip`; once, at the root | |
//! | [`Kbd`] | keys such as `Mod+K` | `keys` |
//! | [`VisuallyHidden`] | for assistive technology alone | children |
//! | [`EmojiPicker`] | a searchable grid of emoji, moved through by arrow keys | `on_pick` |
//! | [`DayDivider`], [`NewLine`] | lines between messages | `at` · |
//! | [`Time`], [`RelativeTime`] | an instant in the reader's locale and zone | `at` `style?` · `at` |
//! | [`Logo`], [`Wordmark`] | the lamp; the lamp and the name | `size?` |
//! | [`DeskLamp`] | the large lamp over the sheet on which one signs in | |
//! | [`Shortcuts`] | the list of keys | `send_with_modifier` |
//! | [`Later`] | a part of the client, once its code is here | `code` `draw` `pane?` |
//!
//! The root of the app provides [`provide_toasts`] and shows `<Toasts/>` and `<TooltipLayer/>` once. [`time`] has the
//! formatters as plain functions, [`focus`] what lists need to move by arrow keys.

mod avatar;
mod button;
mod chat;
pub mod clipboard;
#[cfg(test)]
mod contrast;
mod dialog;
mod emoji_picker;
mod feedback;
mod field;
pub mod focus;
mod icon;
mod later;
mod logo;
mod menu;
mod popover;
mod shortcuts;
mod tabs;
mod text;
pub mod time;
mod toasts;
mod tooltip;
mod viewport;

pub use avatar::{Avatar, AvatarSize, Monogram, hue, initials};
pub use button::{Button, ButtonKind, IconButton};
pub use chat::{DayDivider, NewLine};
pub use dialog::{ConfirmDialog, Dialog, modal_is_open};
pub use emoji_picker::EmojiPicker;
pub use feedback::{EmptyState, ErrorState, LinkState, OfflineBar, Skeleton, SkeletonKind};
pub use field::{PasswordField, SearchField, Select, Switch, TextArea, TextField};
pub use icon::{Icon, IconName};
pub use later::{Later, later_page};
pub use logo::{DeskLamp, Logo, Wordmark};
pub use menu::{Menu, MenuItem};
pub use popover::{Popover, Side};
pub use shortcuts::Shortcuts;
pub use tabs::{TabItem, Tabs};
pub use text::{Badge, Kbd, Tag, TagKind, VisuallyHidden};
pub use time::{RelativeTime, Time, TimeStyle};
pub use toasts::{Toaster, Toasts, provide_toasts, use_toasts};
pub use tooltip::TooltipLayer;
pub use viewport::{has_keyboard, is_narrow, keep_above_keyboard, provide_narrow, use_narrow};

use std::sync::atomic::{AtomicU32, Ordering};

/// An id for an element, new at each call: `field-7`.
#[must_use]
pub fn element_id(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
