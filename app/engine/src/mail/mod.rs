//! Mail: somebody writes, answers, passes on or opens something; machines and vendors write too.
//!
//! What is due and what a mail says is planned in [`decnet_domain::mail`]; here it is asked of a model,
//! delivered and opened.

mod attachment;
mod delivery;
mod opening;
mod site;

use decnet_domain::index::DeckyIndex;
use decnet_domain::mail::outgoing::{BodySource, ModelText};
use decnet_domain::record::EmailRecord;
use decnet_ports::RepoError;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;

use crate::context::{TickContext, TickRng};
use crate::llm_queue::MailRequest;
use crate::tick::Mode;

/// Nothing is looked for further ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(6);
/// A mail host that nobody has looked at is asked about again after so long.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(15);
/// What should have been opened is opened a little later.
const OPEN_LATER: SignedDuration = SignedDuration::from_secs(40);

/// One mail of somebody's who is at work, on any mail host. `None` when there is nobody to write.
pub(crate) async fn any(ctx: &TickContext<'_>, rng: TickRng<'_>) -> Result<Option<EmailRecord>, RepoError> {
    let hosts: Vec<DeckyIndex> = ctx.fleet.mail_hosts().collect();
    if hosts.is_empty() {
        return Ok(None);
    }
    let decky = hosts[rng.random_range(0..hosts.len())];
    let Some(opened) = site::open(ctx, decky).await? else { return Ok(None) };
    let site = opened.site(ctx);
    let Some(outgoing) = site.draw(rng) else { return Ok(None) };
    delivery::ask_and_send(ctx, &site, &outgoing).await
}

/// Everything about mail that is due on a mail host by now: what is to be written, and what is to be opened.
pub(crate) async fn due(ctx: &TickContext<'_>, decky: DeckyIndex) -> Result<Vec<EmailRecord>, RepoError> {
    let Some(opened) = site::open(ctx, decky).await? else { return Ok(Vec::new()) };
    let site = opened.site(ctx);
    let mut sent = Vec::new();
    for outgoing in site.due(ctx.key) {
        // The mail before it may have found the container gone.
        if ctx.state.facts.is_resting(site.server.container, ctx.now.timestamp()) {
            break;
        }
        if ctx.llm_queue.awaits(&MailRequest::of(&site, &outgoing).into()) {
            continue;
        }
        match delivery::ask_and_send(ctx, &site, &outgoing).await {
            Ok(mail) => sent.extend(mail),
            Err(error) => {
                tracing::error!(decky = %site.server.decky.name, error = %error, "a mail was not sent");
            }
        }
    }
    if ctx.mode == Mode::Act {
        opening::open_due(ctx, &site).await?;
    }
    Ok(sent)
}

/// When something about mail is next due on a mail host.
pub(crate) async fn next(ctx: &TickContext<'_>, decky: DeckyIndex) -> Result<Timestamp, RepoError> {
    let now = ctx.now.timestamp();
    let later = now + AHEAD;
    let Some(server) = ctx.fleet.mail_server(decky) else { return Ok(later) };
    if ctx.state.facts.known(server.container).is_none() {
        return Ok(now + LOOK_AGAIN);
    }
    let Some(opened) = site::open(ctx, decky).await? else { return Ok(now + LOOK_AGAIN) };
    let next = opened.site(ctx).next();
    let copies = ctx.ports.repo.copies_due(server.container.name(), later, 1).await?;
    let opening = copies.into_iter().filter_map(|copy| copy.due).map(|at| at.max(now + OPEN_LATER));
    Ok(next.into_iter().chain(opening).min().unwrap_or(later).min(later))
}

/// Sends what a model has found a text for, or won't.
pub(crate) async fn fulfil(
    ctx: &TickContext<'_>,
    request: &MailRequest,
    text: Option<ModelText>,
) -> Result<Option<EmailRecord>, RepoError> {
    let Some(decky) = ctx.fleet.index_of(&request.decky) else { return Ok(None) };
    let Some(opened) = site::open(ctx, decky).await? else { return Ok(None) };
    let site = opened.site(ctx);
    let Some(outgoing) = request.outgoing(&site) else { return Ok(None) };
    delivery::send(ctx, &site, &outgoing, text.map_or(BodySource::Template, BodySource::Model)).await
}
