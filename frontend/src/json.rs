//! Reading JSON.

use serde::de::DeserializeOwned;

/// Reads a value of any type. Everything is read by way of [`serde_json::Value`], as the data of events are: a second way would
/// be a second copy of the code for each type, which is a tenth of the client.
///
/// # Errors
/// It is no JSON, or not of this type.
pub fn read<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_value(serde_json::from_str(text)?)
}
