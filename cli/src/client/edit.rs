//! What a document says of itself, changed without its file.

use carnet_core::authored::Description;
use carnet_core::manifest::HolderPart;
use carnet_core::open::Opened;
use carnet_core::step::Submit;

use super::{Client, Held, Item};
use crate::Failure;

impl Client {
    /// Replaces what its holder says of a version: content, keys and the author's part stay.
    ///
    /// # Errors
    /// What sealing or the server says.
    pub fn redescribe(
        &mut self,
        held: &mut Held,
        opened: &Opened,
        holder: HolderPart,
    ) -> Result<(), Failure> {
        let described = opened.describe(holder, &self.ruler(held))?;
        let ask = Submit::describe(&held.vault.id(), &described, &held.pinned);
        self.state_in(held, ask)?;
        Ok(())
    }

    /// Deposits the same content as a new version that says something else of itself. The person signs it: it is theirs.
    ///
    /// # Errors
    /// What the content, the vault's policy or the server says.
    pub fn rewrite(
        &mut self,
        held: &mut Held,
        opened: &Opened,
        description: Description,
        holder: HolderPart,
        class: u16,
    ) -> Result<(), Failure> {
        let mut place = opened.next_version();
        place.class = class;
        let digest = Some(*opened.authored().body().content_digest().as_bytes());
        let item = Item { description, holder, class, digest, place: Some(place) };
        let mut content = self.content_stream(opened, &held.vault.id(), None)?;
        let drafted = self.draft(held, item, &mut content);
        // Where the content broke off, it says why.
        let drafted = match (drafted, content.failure()) {
            (Err(_), Some(failure)) => return Err(failure),
            (drafted, _) => drafted?,
        };
        self.deposit(held, vec![drafted.into_draft()], &|_| {})?;
        Ok(())
    }
}
