//! A new password by a link, for who has forgotten the old one.

use studyhall_wire::{ConfirmReset, ErrorCode};

use super::Accounts;
use crate::{Error, Result, auth::token_hash, now, validate};

/// Bytes of a longest token: ours have 43.
const TOKEN_BYTES: usize = 128;

impl Accounts {
    /// Spends a reset link for a new password and ends every session. 404 `reset_invalid` where the link is spent,
    /// expired or withdrawn, or 422.
    pub async fn confirm_reset(&self, form: ConfirmReset) -> Result<()> {
        let mut errors = Vec::new();
        validate::no_nul("token", &form.token, &mut errors);
        validate::password("new_password", &form.new_password, &mut errors);
        validate::finish(errors)?;
        let invalid = || Error::Absent(ErrorCode::ResetInvalid);
        if form.token.len() > TOKEN_BYTES {
            return Err(invalid());
        }
        let parts = self.parts();
        let token = token_hash(&form.token);
        // Looked up first, so that nobody makes us hash passwords without a link.
        let user = parts.admin.reset_link(token, now()).await?.ok_or_else(invalid)?;
        let hash = parts.passwords.hash(&form.new_password).await?;
        let ended = parts.admin.spend_reset_link(token, &hash, now()).await?.ok_or_else(invalid)?;
        parts.sessions.ended(&ended);
        tracing::info!(user.id = %user, "password reset by a link");
        Ok(())
    }
}
