//! A document of the sender's own is attached to a mail: one that lies on a decky, as it lies there.

use decnet_domain::content_class::ContentClass;
use decnet_domain::index::{DeckyIndex, PersonaIndex};
use decnet_domain::mail::Attachment;
use decnet_domain::mail::outgoing::OutgoingMail;
use decnet_domain::mail::site::MailSite;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{SyntheticFile, content_hash};
use decnet_ports::RepoError;
use rand::RngExt;

use crate::context::TickContext;

/// The largest file that is attached, in bytes.
const LARGEST: usize = 256 * 1024;
/// So many of a decky's latest files are looked through.
const RECENT: u32 = 500;

/// The document that goes with a mail, where one is wanted and there is one that is still what we left.
pub(super) async fn choose(
    ctx: &TickContext<'_>,
    site: &MailSite<'_>,
    outgoing: &OutgoingMail<'_>,
) -> Result<Option<Attachment>, RepoError> {
    let Some((writer, mut rng)) = site.wants_document(outgoing) else { return Ok(None) };
    let deckies: Vec<DeckyIndex> = ctx.fleet.inhabited().collect();
    if deckies.is_empty() {
        return Ok(None);
    }
    let decky = deckies[rng.random_range(0..deckies.len())];
    let Some(actor) = ctx.fleet.actor(decky, PersonaIndex::new(0)) else { return Ok(None) };
    let files = ctx.ports.repo.recent_files(&actor.decky.id, RECENT).await?;
    let name = &site.who(writer).persona.name;
    let goes_with = site.goes_with(outgoing);
    let is_fit = |file: &&SyntheticFile| {
        use ContentClass::{CanaryHoneydoc, CanaryHoneydocDocx, CanaryHoneydocPdf, Draft, Note};
        let is_document = matches!(file.class, Note | Draft | CanaryHoneydoc | CanaryHoneydocDocx | CanaryHoneydocPdf);
        let is_bait = !matches!(file.class, Note | Draft);
        let is_fit = is_bait || goes_with(file.path.rsplit('/').next().unwrap_or_default());
        is_document && is_fit && file.persona == *name && !ctx.state.is_abandoned(file.id)
    };
    let fit: Vec<_> = files.iter().filter(is_fit).collect();
    if fit.is_empty() {
        return Ok(None);
    }
    let chosen = fit[rng.random_range(0..fit.len())];
    let Ok(path) = DeckyPath::new(chosen.path.as_str()) else { return Ok(None) };
    let read = ctx.ports.driver.read_file(actor.container, &path, LARGEST).await;
    // What somebody else made of it is not sent around, and what can't be read is no reason not to write.
    let ours = read.ok().flatten().filter(|found| content_hash(&found.bytes) == chosen.content_hash);
    Ok(ours.map(|found| Attachment { name: path.file_name().to_owned(), bytes: found.bytes }))
}
