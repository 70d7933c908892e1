//! The right to look at what administration is about, as a value that can only be made by checking.

use std::marker::PhantomData;

use studyhall_wire::{ErrorCode, UserId};

use crate::{
    Error, Result,
    audit::{Act, Action},
    auth::Actor,
    now,
    permissions::{GlobalAction, can},
    ports::AuditStore,
};

/// A [`GlobalAction`] as a type, for signatures, and what a refusal is recorded as.
pub trait Duty: Send + Sync {
    const ACTION: GlobalAction;
    const RECORDED: Action;
}

macro_rules! duties {
    ($($name:ident => $action:ident, $recorded:ident;)*) => {$(
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Duty for $name {
            const ACTION: GlobalAction = GlobalAction::$action;
            const RECORDED: Action = Action::$recorded;
        }
    )*};
}

duties! {
    ManagesUsers => ManageUsers, ListUsers;
    ReadsStats => ReadStats, ReadStats;
    ReadsAudit => ReadAudit, ReadAudit;
    HandlesReports => HandleReports, ListReports;
}

/// Somebody whose role was found to carry the duty `D`.
#[derive(Clone, Copy, Debug)]
pub struct Staff<D: Duty> {
    user: UserId,
    duty: PhantomData<D>,
}

impl<D: Duty> Staff<D> {
    /// 403 `forbidden` where the role does not carry it, recorded in `log` first.
    pub(super) async fn check(actor: &Actor, log: &dyn AuditStore) -> Result<Self> {
        if can(actor.role, D::ACTION) {
            return Ok(Self { user: actor.user, duty: PhantomData });
        }
        log.record(&Act::refused(actor.user, D::RECORDED), now()).await?;
        Err(Error::Forbidden(ErrorCode::Forbidden))
    }

    pub fn user(&self) -> UserId {
        self.user
    }
}
