//! What one does with one's own sessions: see them, end them, change the password.

use studyhall_wire::{ChangePassword, SessionId, SessionInfo};

use super::Sessions;
use crate::{Error, Result, auth::Actor, now, ports::EndSessions, validate};

impl Sessions {
    /// Ends the session that asks.
    pub async fn logout(&self, actor: &Actor) -> Result<()> {
        self.end_some(actor, EndSessions::One(actor.session)).await.map(drop)
    }

    /// One's sessions, the last used first.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<SessionInfo>> {
        let sessions = self.parts().sessions.sessions(actor.user).await?;
        let infos = sessions.into_iter().map(|session| SessionInfo {
            id: session.id,
            current: session.id == actor.session,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            ip: session.ip,
            user_agent: session.user_agent,
        });
        Ok(infos.collect())
    }

    /// Ends one of one's own sessions: 404 where it is not one of them, or has ended.
    pub async fn end(&self, actor: &Actor, session: SessionId) -> Result<()> {
        match self.end_some(actor, EndSessions::One(session)).await?.as_slice() {
            [] => Err(Error::NotFound("session")),
            _ => Ok(()),
        }
    }

    /// Ends all of one's sessions but the one that asks.
    pub async fn end_others(&self, actor: &Actor) -> Result<()> {
        self.end_some(actor, EndSessions::AllBut(actor.session)).await.map(drop)
    }

    /// Sets another password and ends every other session. 403 `wrong_password`, or 422.
    pub async fn change_password(&self, actor: &Actor, form: ChangePassword) -> Result<()> {
        let mut errors = Vec::new();
        validate::no_nul("current_password", &form.current_password, &mut errors);
        validate::password("new_password", &form.new_password, &mut errors);
        validate::finish(errors)?;
        self.require_password(actor.user, &form.current_password).await?;
        let hash = self.parts().passwords.hash(&form.new_password).await?;
        let others = self.parts().sessions.sessions(actor.user).await?;
        self.parts().accounts.set_password(actor.user, &hash, Some(actor.session), now()).await?;
        let others: Vec<_> = others.into_iter().map(|other| other.id).filter(|id| *id != actor.session).collect();
        self.ended(&others);
        Ok(())
    }

    async fn end_some(&self, actor: &Actor, which: EndSessions) -> Result<Vec<SessionId>> {
        let ended = self.parts().sessions.end_sessions(actor.user, which, now()).await?;
        self.ended(&ended);
        Ok(ended)
    }
}
