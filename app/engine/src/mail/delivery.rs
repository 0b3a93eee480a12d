//! A mail is asked of a model, planned, and put into the mailboxes.

use decnet_domain::fleet::MailServer;
use decnet_domain::llm::text_kind::TextKind;
use decnet_domain::mail::maildir;
use decnet_domain::mail::outgoing::{BodySource, OutgoingMail};
use decnet_domain::mail::plan::{Delivery, MailPlan};
use decnet_domain::mail::site::{Composition, MailSite};
use decnet_domain::record::{EmailRecord, PendingEffect};
use decnet_ports::{PlantMode, PlantRequest, Posted, Record, RepoError};

use super::{attachment, opening};
use crate::context::TickContext;
use crate::execution::{Change, Operation, carry_out, finish, request};
use crate::llm_queue::{LlmOutcome, MailRequest};
use crate::tick::Mode;

/// Asks a model for the text, if there is one to ask, and sends the mail. `None` when the text comes later, or
/// when there is nothing to send.
pub(super) async fn ask_and_send(
    ctx: &TickContext<'_>,
    site: &MailSite<'_>,
    outgoing: &OutgoingMail<'_>,
) -> Result<Option<EmailRecord>, RepoError> {
    // Before anybody is asked for a text.
    if site.message_id(outgoing).is_some_and(|id| site.known.contains(&id)) {
        return Ok(None);
    }
    match ask(ctx, site, outgoing).await {
        LlmOutcome::Later => Ok(None),
        LlmOutcome::Ready(text) => send(ctx, site, outgoing, BodySource::Model(text)).await,
        LlmOutcome::Template => send(ctx, site, outgoing, BodySource::Template).await,
    }
}

async fn ask(ctx: &TickContext<'_>, site: &MailSite<'_>, outgoing: &OutgoingMail<'_>) -> LlmOutcome {
    if ctx.mode == Mode::DryRun || !ctx.llm_queue.is_on() {
        return LlmOutcome::Template;
    }
    let asked = ctx.state.with_novelty(|novelty| Composition { site, novelty }.prompt(outgoing));
    let Some((writer, prompt)) = asked else { return LlmOutcome::Template };
    let who = site.who(writer);
    let today = ctx.now.timestamp().to_zoned(who.zone.clone()).date();
    let request = MailRequest::of(site, outgoing).into();
    ctx.llm_queue.words(request, prompt, who.persona, TextKind::Mail, today).await
}

/// Plans a mail and delivers it. `None` when there is nothing to send.
pub(super) async fn send(
    ctx: &TickContext<'_>,
    site: &MailSite<'_>,
    outgoing: &OutgoingMail<'_>,
    source: BodySource,
) -> Result<Option<EmailRecord>, RepoError> {
    let document = attachment::choose(ctx, site, outgoing).await?;
    let planned = ctx.state.with_novelty(|novelty| Composition { site, novelty }.plan(outgoing, source, document));
    let Some(plan) = planned else { return Ok(None) };
    let writer = &ctx.ports.mail;
    let render = |mail: &_, recipient: Option<&str>| {
        writer.write(mail, recipient.map(|recipient| Posted { recipient: recipient.to_owned() }))
    };
    let delivery = match plan.delivery(site, render) {
        Ok(delivery) => delivery,
        Err(error) => {
            tracing::warn!(decky = %site.server.decky.name, error = %error, "a mail has no fit path and is not sent");
            return Ok(None);
        }
    };
    if ctx.mode == Mode::DryRun {
        return Ok(Some(plan.record(site, &delivery, None)));
    }
    let email = deliver(ctx, site, &plan, delivery).await?;
    if email.outcome.is_success() {
        ctx.state.with_novelty(|novelty| novelty.absorb(&plan.said));
        opening::mark_answered(ctx, site, &plan).await?;
    }
    Ok(Some(email))
}

/// The mark of a folder of sent mail; it stays where it is there.
fn is_folder_mark(delivery: &Delivery, at: usize) -> bool {
    delivery.files[at].body.bytes().is_empty()
}

/// Notes the mail, puts it into the mailboxes, and records it with the copies that got there.
async fn deliver(
    ctx: &TickContext<'_>,
    site: &MailSite<'_>,
    plan: &MailPlan,
    delivery: Delivery,
) -> Result<EmailRecord, RepoError> {
    let email = plan.record(site, &delivery, None);
    let effect = PendingEffect::Deliver { email: Box::new(email), copies: delivery.copies.clone() };
    let requests = delivery
        .files
        .iter()
        .map(|file| PlantRequest {
            beside: maildir::siblings(file.path.parent()),
            ..request(file, PlantMode::CreateNew, delivery.folder_mode)
        })
        .collect();
    let MailServer { container, decky, .. } = site.server;
    let operation = Operation::at(container, decky.name.as_str(), Change::Plant(requests), effect);
    let rng = &mut ctx.key.text("mail note").text(&plan.mail.message_id).rng();
    let mut carried = carry_out(ctx, operation, rng).await?;
    carried.accept_existing(|at| is_folder_mark(&delivery, at));
    let error = carried.failure(ctx, container);
    let arrived: Vec<&str> = delivery
        .files
        .iter()
        .zip(&carried.results)
        .filter(|(_, result)| result.is_ok())
        .map(|(file, _)| file.path.as_str())
        .collect();
    let copies = delivery.copies.iter().filter(|copy| arrived.contains(&copy.path.as_str()));
    let email = plan.record(site, &delivery, error);
    let records = [Record::Email(email.clone())].into_iter().chain(copies.cloned().map(Record::Copy)).collect();
    finish(ctx, &carried, records).await?;
    Ok(email)
}
