//! Many updates in one request. (The driver's own bulk write needs MongoDB 8.)

use mongodb::bson::{RawArrayBuf, RawBsonRef, RawDocument, RawDocumentBuf, raw::cstr, rawdoc};

use crate::{
    Mongo,
    failure::{Failure, Outcome},
};

/// An update that was refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub index: usize,
    pub code: i32,
    /// A field of the unique index that refused it.
    pub key: Option<String>,
}

/// Runs updates (`{q, u, upsert?, multi?, hint?}`), which together must be well below 16 MB. Ordered ones end at the
/// first that is refused. What is done is durable when it returns.
pub(crate) async fn update(
    mongo: &Mongo,
    collection: &str,
    updates: &[RawDocumentBuf],
    ordered: bool,
) -> Outcome<Vec<Refused>> {
    let mut list = RawArrayBuf::new();
    for update in updates {
        list.push(update);
    }
    let mut command = rawdoc! { "update": collection, "ordered": ordered };
    command.append(cstr!("updates"), list);
    command.append(cstr!("writeConcern"), rawdoc! { "w": "majority", "j": true, "wtimeout": 4_000 });
    let reply = mongo.database().run_raw_command(command).await?;
    let reply = RawDocumentBuf::try_from(&reply)?;
    if reply.get("writeConcernError")?.is_some() {
        return Err(Failure::Busy("a write was not confirmed by a majority in time"));
    }
    refusals(&reply)
}

fn refusals(reply: &RawDocument) -> Outcome<Vec<Refused>> {
    let Some(RawBsonRef::Array(errors)) = reply.get("writeErrors")? else { return Ok(Vec::new()) };
    let mut refused = Vec::new();
    for error in errors {
        let RawBsonRef::Document(error) = error? else { return Err(Failure::Shape("a write error")) };
        let number = |name: &str| match error.get(name)? {
            Some(RawBsonRef::Int32(n)) => Ok(n),
            _ => Err(Failure::Shape("a write error without a code")),
        };
        let key = match error.get("keyPattern")? {
            Some(RawBsonRef::Document(pattern)) => {
                pattern.iter().next().transpose()?.map(|(key, _)| key.as_str().into())
            }
            _ => None,
        };
        let index = usize::try_from(number("index")?).unwrap_or_default();
        refused.push(Refused { index, code: number("code")?, key });
    }
    Ok(refused)
}
