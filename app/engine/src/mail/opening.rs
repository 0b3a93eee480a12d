//! Whoever is due to look at their mail has looked at it: the copy goes from `new/` to `cur/`, with flags.

use decnet_domain::fleet::MailServer;
use decnet_domain::mail::delivery::{flagged_path, opened_with};
use decnet_domain::mail::maildir::Flags;
use decnet_domain::mail::plan::MailPlan;
use decnet_domain::mail::site::MailSite;
use decnet_domain::record::{CopyState, MailCopy, PendingEffect};
use decnet_ports::{Completion, DriverError, Record, RepoError};

use crate::context::TickContext;
use crate::execution::{Change, Operation, carry_out, finish, record};

/// Copies opened in one turn.
const MOST_OPENED: u32 = 24;

/// Opens what is due by now.
pub(super) async fn open_due(ctx: &TickContext<'_>, site: &MailSite<'_>) -> Result<(), RepoError> {
    let now = ctx.now.timestamp();
    for copy in ctx.ports.repo.copies_due(site.server.container.name(), now, MOST_OPENED).await? {
        if ctx.state.facts.is_resting(site.server.container, now) {
            break;
        }
        let flags = opened_with(site.key(), &copy);
        flag(ctx, site, copy, flags).await?;
    }
    Ok(())
}

/// The mail that was answered or passed on says so in the mailbox of whoever did.
pub(super) async fn mark_answered(
    ctx: &TickContext<'_>,
    site: &MailSite<'_>,
    plan: &MailPlan,
) -> Result<(), RepoError> {
    let (Some(writer), Some((parent, flags))) = (plan.writer, plan.parent) else { return Ok(()) };
    let owner = &site.who(writer).persona.email;
    match ctx.ports.repo.copy_of(parent, owner).await? {
        Some(copy) if copy.state != CopyState::Gone => flag(ctx, site, copy, flags).await,
        _ => Ok(()),
    }
}

/// Gives a copy its flags, where it still is where we left it.
async fn flag(ctx: &TickContext<'_>, site: &MailSite<'_>, copy: MailCopy, flags: Flags) -> Result<(), RepoError> {
    let Some((from, to)) = flagged_path(&copy, flags) else { return Ok(()) };
    if from == to {
        return Ok(());
    }
    let opened = MailCopy { path: to.to_string(), state: CopyState::Seen, ..copy.clone() };
    let MailServer { container, decky, .. } = site.server;
    let effect = PendingEffect::Rename { copy: opened.clone() };
    let operation = Operation::at(container, decky.name.as_str(), Change::Rename { from, to }, effect);
    let rng = &mut ctx.key.text("flag note").text(&copy.path).at(ctx.now.timestamp()).rng();
    let carried = carry_out(ctx, operation, rng).await?;
    let gone = || Record::CopyChanged(MailCopy { state: CopyState::Gone, ..copy.clone() });
    match carried.error() {
        None => finish(ctx, &carried, vec![Record::CopyChanged(opened)]).await,
        // Its owner's other program was faster, or an intruder: theirs from now on.
        Some(DriverError::Refused { .. } | DriverError::Exists { .. }) => finish(ctx, &carried, vec![gone()]).await,
        // What can't be renamed for want of a tool can't be tomorrow either.
        Some(
            error @ (DriverError::Failed { .. } | DriverError::Unsupported { .. } | DriverError::UnknownAnswer { .. }),
        ) => {
            tracing::warn!(
                decky = %decky.name,
                path = copy.path.as_str(),
                error = %error,
                "a mail can't be marked as read; it stays as new as it is"
            );
            let done = Completion { pending: Some(carried.note()), records: vec![gone()] };
            record(ctx.ports, done).await
        }
        Some(error) => {
            ctx.state.facts.record_failure(container, error, ctx.now.timestamp());
            Ok(())
        }
    }
}
