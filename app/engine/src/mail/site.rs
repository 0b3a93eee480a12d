//! A mail host is looked at.

use std::sync::Arc;

use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::MailServer;
use decnet_domain::index::DeckyIndex;
use decnet_domain::mail::site::{MailSite, SiteSettings};
use decnet_domain::record::{EmailRecord, PendingEffect};
use decnet_ports::RepoError;

use crate::context::TickContext;

/// So many mails back somebody may answer.
const RECENT: u32 = 150;

/// What a [`MailSite`] borrows from.
pub(super) struct OpenedSite<'a> {
    server: MailServer<'a>,
    facts: Arc<HostFacts>,
    rows: Vec<EmailRecord>,
    /// `Message-ID`s of mails whose delivery has no known end yet: they aren't sent again.
    under_way: Vec<String>,
}

/// Looks at a mail host and its mails of late. `None` while it can't be looked at.
pub(super) async fn open<'a>(ctx: &TickContext<'a>, decky: DeckyIndex) -> Result<Option<OpenedSite<'a>>, RepoError> {
    let Some(server) = ctx.fleet.mail_server(decky) else { return Ok(None) };
    let facts = ctx.state.facts.of(ctx.ports, server.container, ctx.now.timestamp()).await;
    let Some(facts) = facts else { return Ok(None) };
    let rows = ctx.ports.repo.recent_emails(&server.decky.id, RECENT).await?;
    let delivers = |note: decnet_domain::record::Pending| match note.effect {
        PendingEffect::Deliver { email, .. } => Some(email.message_id),
        _ => None,
    };
    let under_way = ctx.ports.repo.pending().await?.into_iter().filter_map(delivers).collect();
    Ok(Some(OpenedSite { server, facts, rows, under_way }))
}

impl OpenedSite<'_> {
    pub(super) fn site<'s>(&'s self, ctx: &TickContext<'s>) -> MailSite<'s> {
        let settings = SiteSettings {
            content: &ctx.ports.content,
            store: ctx.profile.mail,
            actions_per_day: ctx.profile.actions_per_day,
            now: ctx.now,
        };
        let mut site = MailSite::new(self.server, &self.facts, &self.rows, settings);
        site.known.extend(self.under_way.iter().cloned());
        site
    }
}
