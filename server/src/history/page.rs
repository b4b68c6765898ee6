//! Pages of a history: all of it, or its line or chain only.

use carnet_wire::page::{HistoryPage, HistoryPart};

use super::{History, Kept, kept_at};
use crate::refusal::Refusal;
use crate::store::{Key, Range, Records, Space};

/// Most bytes of statements on a page.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// The statements of a history from the number `from` on.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn history_page(
    records: &dyn Records,
    history: &History,
    from: u64,
) -> Result<HistoryPage, Refusal> {
    let from = from.max(1);
    let most = u64::try_from(HistoryPage::MAX_PARTS).unwrap_or(u64::MAX);
    let to = history.head.size.min(from.saturating_add(most).saturating_sub(1));
    page(records, history, (from..=to).collect()).await
}

/// The statements of a line or a chain from the number `from` on.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn chain_page(records: &dyn Records, history: &History, from: u64) -> Result<HistoryPage, Refusal> {
    let before = from.max(1).saturating_sub(1).to_be_bytes();
    let after = Key::new(Space::Chain, history.id, before);
    let range = Range::of(Space::Chain, history.id, Vec::new()).after(Some(after));
    let rows = records.scan(range.limit(HistoryPage::MAX_PARTS)).await?;
    let numbers = rows.iter().filter_map(|(key, _)| super::read_number(&key.suffix));
    let numbers: Vec<u64> = numbers.filter(|number| *number <= history.head.size).collect();
    page(records, history, numbers).await
}

async fn page(records: &dyn Records, history: &History, numbers: Vec<u64>) -> Result<HistoryPage, Refusal> {
    let full = numbers.len() == HistoryPage::MAX_PARTS;
    let last = numbers.last().copied().filter(|last| full && *last < history.head.size);
    let kept = kept_at(records, history.id, &numbers).await?;
    let waiting = kept.iter().map(|kept| Key::new(Space::Waiting, history.id, *kept.hash.as_bytes()));
    let waiting = records.get(waiting.collect()).await?;
    let mut page = HistoryPage {
        salt: history.head.salt,
        size: history.head.size,
        parts: Vec::new(),
        next: last.map(|last| last.saturating_add(1)),
    };
    let mut bytes = 0;
    for ((number, kept), waiting) in numbers.into_iter().zip(kept).zip(waiting) {
        bytes += kept.bytes.as_ref().map_or(0, |bytes| bytes.len()) + kept.receipt.len();
        if bytes > PAGE_BYTES && !page.parts.is_empty() {
            page.next = Some(number);
            break;
        }
        let Kept { hash, bytes: statement, receipt, .. } = kept;
        page.parts.push(HistoryPart { number, hash, statement, receipt, waiting: waiting.is_some() });
    }
    Ok(page)
}
