//! The lamp: a reading room's green lamp, and its light.

use leptos::prelude::*;

/// The lamp alone, decorative.
#[component]
pub fn Logo(
    /// Width and height in px.
    #[prop(default = 32)]
    size: u32,
) -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 32 32" width=size height=size aria-hidden="true">
            <path class="logo-light" d="M6.5 16h19l5 12.5h-29z" />
            <path class="logo-brass" d="M16 6V2.5M3 29.5h26" />
            <path class="logo-bulb" d="M12.3 16.5h7.4a3.7 3.7 0 0 1-7.4 0z" />
            <path class="logo-shade" d="M10.7 5.5h10.6a2.8 2.8 0 0 1 2.5 1.6l3.7 7.9a1.4 1.4 0 0 1-1.3 2H5.8a1.4 1.4 0 0 1-1.3-2l3.7-7.9a2.8 2.8 0 0 1 2.5-1.6z" />
        </svg>
    }
    .into_any()
}

/// The lamp and the name, for the head of a page.
#[component]
pub fn Wordmark(
    /// The lamp's width and height in px.
    #[prop(default = 32)]
    size: u32,
) -> impl IntoView {
    view! {
        <span class="wordmark">
            <Logo size />
            <span class="wordmark-name" translate="no">
                "Studyhall"
            </span>
        </span>
    }
    .into_any()
}

/// The large lamp over the sheet on which one signs in, decorative.
#[component]
pub fn DeskLamp() -> impl IntoView {
    view! {
        <svg class="desk-lamp" viewBox="0 0 400 190" aria-hidden="true">
            <defs>
                <linearGradient id="lamp-beam" x1="0" y1="0" x2="0" y2="1">
                    <stop class="lamp-beam-start" offset="0" />
                    <stop class="lamp-beam-end" offset="1" />
                </linearGradient>
            </defs>
            <path class="lamp-beam" d="M76 164h248l210 500H-134z" fill="url(#lamp-beam)" />
            <path class="lamp-brass" d="M200 44V-80" />
            <path class="lamp-brass-fill" d="M184 38h32a6 6 0 0 1 6 6v14h-44V44a6 6 0 0 1 6-6z" />
            <path class="lamp-bulb" d="M154 164h92a46 34 0 0 1-92 0z" />
            <path class="lamp-shade" d="M146 52h108c9 0 17 5 21 13l53 87c5 8-1 17-10 17H82c-9 0-15-9-10-17l53-87c4-8 12-13 21-13z" />
            <path class="lamp-gloss" d="M151 64h24c6 0 6 6 1 8-8 3-13 6-17 12l-36 58c-4 6-12 3-9-5l26-62c3-7 5-11 11-11z" />
        </svg>
    }
    .into_any()
}
