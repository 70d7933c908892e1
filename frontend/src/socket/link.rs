//! One WebSocket connection as a stream of inputs: opened, a frame, closed.

use futures_channel::mpsc::UnboundedSender;
use studyhall_wire::{ClientFrame, SUBPROTOCOL};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

use super::Input;

/// A connection. Dropping it closes it and silences its callbacks.
pub(super) struct Link {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Link {
    /// Starts to connect; what happens is told to `inputs` under its `number`.
    pub(super) fn open(inputs: &UnboundedSender<Input>, number: u32) -> Result<Self, JsValue> {
        let location = web_sys::window().ok_or(JsValue::NULL)?.location();
        let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
        let url = format!("{scheme}://{}/api/v1/ws", location.host()?);
        let socket = WebSocket::new_with_str(&url, SUBPROTOCOL)?;

        // A send fails only after the driver has ended, and then nobody wants to know.
        let tell = inputs.clone();
        let on_open = Closure::new(move |_: Event| drop(tell.unbounded_send(Input::Opened(number))));
        let tell = inputs.clone();
        let on_message = Closure::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                drop(tell.unbounded_send(Input::Text(number, text)));
            }
        });
        let tell = inputs.clone();
        let on_close =
            Closure::new(move |event: CloseEvent| drop(tell.unbounded_send(Input::Closed(number, event.code()))));
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self { socket, _on_open: on_open, _on_message: on_message, _on_close: on_close })
    }

    /// Sends a frame. A failure shows as the connection's end.
    pub(super) fn send(&self, frame: &ClientFrame) {
        if let Ok(text) = serde_json::to_string(frame) {
            let _closing = self.socket.send_with_str(&text);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _closed_already = self.socket.close_with_code(1000);
    }
}
