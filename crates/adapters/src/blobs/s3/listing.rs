//! Which multipart uploads are open. Servers leave out what the S3 library wants to read of each, so this takes the two
//! elements that matter from the answer itself (`ListMultipartUploadsResult` of the S3 API).

use std::collections::HashMap;

use studyhall_domain::Result;

use super::{INCOMING, S3Blobs};

/// An upload that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub key: String,
    pub id: String,
}

/// Uploads to `incoming/`, a thousand at most: the oldest, since names are in the order of time.
pub(super) async fn open_uploads(blobs: &S3Blobs) -> Result<Vec<Open>> {
    let query = [("uploads", ""), ("prefix", INCOMING)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(parse(&blobs.read(HashMap::from(query)).await?))
}

/// Keys and ids of ours need no unescaping.
fn parse(answer: &str) -> Vec<Open> {
    let uploads = answer.split("<Upload>").skip(1);
    let open = |upload: &str| Some(Open { key: element(upload, "Key")?, id: element(upload, "UploadId")? });
    uploads.filter_map(open).collect()
}

fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once(&format!("</{name}>"))?;
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_ids_are_found() {
        let answer =
            "<?xml version=\"1.0\"?><ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">
            <Bucket>b</Bucket><KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker><IsTruncated>false</IsTruncated>
            <Upload><Key>incoming/one</Key><UploadId>1_a</UploadId><Owner><ID>x</ID></Owner></Upload>
            <Upload>\n<UploadId>2</UploadId><Key>incoming/two</Key></Upload><Upload><Key>no id</Key></Upload>
            </ListMultipartUploadsResult>";
        let open = |key: &str, id: &str| Open { key: key.to_owned(), id: id.to_owned() };
        assert_eq!(parse(answer), [open("incoming/one", "1_a"), open("incoming/two", "2")]);
        assert_eq!(parse("<html>"), []);
    }
}
