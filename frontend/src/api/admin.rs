//! The calls about reports, and those for who administers.

use studyhall_wire::{
    AdminUser, AuditEntry, CreateReport, Page, Report, ReportId, ReportState, ResetLink, ResolveReport, Role, Stats,
    UpdateUser, UserId,
};

use super::{
    Api, Body, Method,
    calls::{escape, page_path, read},
    error::Result,
};

/// Lines in one page.
const PAGE: u32 = 50;

// Reports.
impl Api {
    pub async fn report(self, body: &CreateReport) -> Result<()> {
        self.tell(Method::Post, "/reports".into(), body).await
    }

    pub async fn reports(self, state: ReportState, cursor: Option<&str>) -> Result<Page<Report>> {
        let state = match state {
            ReportState::Open => "open",
            ReportState::Resolved => "resolved",
        };
        self.get(page_path(&format!("/admin/reports?state={state}"), PAGE, cursor)).await
    }

    pub async fn resolve_report(self, id: ReportId, body: &ResolveReport) -> Result<()> {
        self.tell(Method::Post, format!("/admin/reports/{id}/resolve"), body).await
    }
}

// Administration.
impl Api {
    pub async fn admin_users(self, query: &str, role: Option<Role>, cursor: Option<&str>) -> Result<Page<AdminUser>> {
        let role = role.map(|role| format!("&role={}", role.as_str())).unwrap_or_default();
        self.get(page_path(&format!("/admin/users?query={}{role}", escape(query)), PAGE, cursor)).await
    }

    pub async fn update_user(self, id: UserId, body: &UpdateUser) -> Result<AdminUser> {
        self.ask(Method::Patch, format!("/admin/users/{id}"), body).await
    }

    pub async fn reset_link(self, id: UserId) -> Result<ResetLink> {
        read(&self.exchange(Method::Post, format!("/admin/users/{id}/reset-link"), Body::None).await?)
    }

    /// The audit log, the newest first: all of it, or what one person did, or one kind of action.
    pub async fn audit(self, actor: Option<UserId>, action: &str, cursor: Option<&str>) -> Result<Page<AuditEntry>> {
        let actor = actor.map(|actor| format!("&actor={actor}")).unwrap_or_default();
        let action = if action.is_empty() { String::new() } else { format!("&action={}", escape(action)) };
        let path = format!("/admin/audit?{}", format!("{actor}{action}").trim_start_matches('&'));
        self.get(page_path(path.trim_end_matches('?'), PAGE, cursor)).await
    }

    pub async fn stats(self) -> Result<Stats> {
        self.get("/admin/stats".into()).await
    }
}
