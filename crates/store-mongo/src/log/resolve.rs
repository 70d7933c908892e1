//! What became of a batch that was not simply written: some of its rows may be there, and it may not be known which.
//!
//! A batch keeps its places and its rows their ids however often it is tried. So the same rows can be sent again: one
//! that is there already is met as a duplicate with our own id, and a write that was given up for lost and comes late
//! either writes the very rows that we are about to write or meets them. The outcome is certain as soon as the row that
//! follows our last one in the log is somebody else's, or is refused with its place still free, which means that its
//! key is taken.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::TryStreamExt;
use mongodb::{
    ClientSession,
    bson::{doc, oid::ObjectId},
};
use studyhall_domain::{Error, ports::AppendError};
use studyhall_wire::Seq;
use tokio::time::sleep;

use super::{
    document::Stored,
    encode::Rows,
    read,
    writer::{Inserted, Job, Refusal, Shared, insert},
};
use crate::{
    Mongo,
    database::{hint, id},
    failure::{DEPENDENCY, Outcome},
};

/// Between two tries to reach the database.
const PAUSE: Duration = Duration::from_millis(50);
/// Rows after the expected head that are looked at. Where there are more, the head is asked for.
const LOOK: usize = 1024;

/// How the last try ended.
pub(super) enum Seen {
    /// It refused the first row that is not known to be stored; a read in the session sees what was in the way.
    Refused { why: Refusal, session: Box<ClientSession> },
    /// No answer.
    Nothing,
}

/// Answers the job. Its first `stored` rows are known to be durable.
pub(super) async fn resolve(shared: Arc<Shared>, job: Job, stored: usize, seen: Seen) {
    match follow(&shared, &job, stored, seen).await {
        Ok(()) => shared.written(job),
        Err(refused) => {
            if let AppendError::Conflict { stored, head } = &refused {
                if let Some(head) = head {
                    shared.heads.saw(job.rows.stream, *head);
                }
                metrics::counter!("studyhall_log_conflicts_total").increment(1);
                metrics::counter!("studyhall_log_appended_events_total").increment(*stored as u64);
                if job.rows.folds && *stored > 0 {
                    shared.folds.touch(job.rows.stream);
                }
            }
            job.answer(Err(refused));
        }
    }
}

async fn follow(shared: &Shared, job: &Job, mut stored: usize, mut seen: Seen) -> Result<(), AppendError> {
    let (mongo, rows) = (&shared.mongo, &job.rows);
    // Only after a try without an answer can there be rows of ours that nobody told of.
    let mut doubtful = matches!(seen, Seen::Nothing);
    loop {
        match look(mongo, rows, stored, &mut seen).await {
            Ok(Found { ours, head }) => {
                debug_assert!(doubtful || ours == 0);
                stored += ours;
                if stored == rows.len() {
                    return Ok(());
                }
                match (head, &seen) {
                    (Some(_), _) => return Err(AppendError::Conflict { stored, head }),
                    (None, Seen::Refused { why: Refusal::Duplicate, .. }) if ours == 0 => {
                        return Err(AppendError::Conflict { stored, head: None });
                    }
                    (None, Seen::Refused { why: Refusal::Other(message), .. }) => {
                        return Err(Error::Internal(format!("{DEPENDENCY}: {message}")).into());
                    }
                    _ => {}
                }
            }
            Err(failure) => {
                wait(job, &failure).await?;
                // A read proves nothing about a session whose server is gone.
                (seen, doubtful) = (Seen::Nothing, true);
                continue;
            }
        }
        seen = match insert(mongo, rows.documents[stored..].iter().collect()).await {
            Inserted::All => return Ok(()),
            Inserted::Refused { index, why, session } => {
                stored += index;
                Seen::Refused { why, session }
            }
            Inserted::Unknown(failure) => {
                doubtful = true;
                wait(job, &failure).await?;
                Seen::Nothing
            }
        };
    }
}

async fn wait(job: &Job, failure: &crate::failure::Failure) -> Result<(), AppendError> {
    if Instant::now() + PAUSE >= job.end {
        return Err(Error::unavailable(DEPENDENCY, failure).into());
    }
    sleep(PAUSE).await;
    Ok(())
}

struct Found {
    /// So many rows after the stored ones are there, and ours.
    ours: usize,
    /// The stream's head, where somebody else's row follows.
    head: Option<Seq>,
}

/// What a majority has of the stream after the rows that are known to be stored.
async fn look(mongo: &Mongo, rows: &Rows, stored: usize, seen: &mut Seen) -> Outcome<Found> {
    let after = rows.after + Seq::try_from(stored).unwrap_or(Seq::MAX);
    let found = rows_after(mongo, rows, after, seen).await?;
    let expected = (after + 1..).zip(&rows.ids[stored..]);
    let ours = found.iter().zip(expected).take_while(|((seq, id), (at, ours))| seq == at && id == *ours).count();
    let head = match found.get(ours..) {
        None | Some([]) => None,
        // In the session or after it: what it sees is there to be seen.
        Some(_) if found.len() == LOOK => Some(read::head(mongo, rows.stream).await?),
        Some(others) => others.last().map(|(seq, _)| *seq),
    };
    Ok(Found { ours, head })
}

async fn rows_after(mongo: &Mongo, rows: &Rows, after: Seq, seen: &mut Seen) -> Outcome<Vec<(Seq, ObjectId)>> {
    let events = mongo.events();
    let find = events
        .find(doc! { "stream": id(rows.stream), "seq": { "$gt": after } })
        .projection(doc! { "seq": 1 })
        .sort(doc! { "seq": 1 })
        .limit(i64::try_from(LOOK).unwrap_or(i64::MAX))
        .batch_size(u32::try_from(LOOK + 1).unwrap_or(u32::MAX))
        .max_time(Duration::from_secs(2))
        .hint(hint("place"));
    let documents: Vec<_> = match seen {
        Seen::Refused { session, .. } => find.session(&mut **session).await?.stream(session).try_collect().await?,
        Seen::Nothing => find.await?.try_collect().await?,
    };
    let mut found = Vec::with_capacity(documents.len());
    for document in &documents {
        let stored = Stored::read(document)?;
        found.push((stored.seq, stored.id.unwrap_or_default()));
    }
    Ok(found)
}
