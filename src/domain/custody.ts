import type { AuditEvent, AuditPosition } from './ledger';

/** Events read at once. */
const PAGE = 5_000;

type Stored = AuditEvent & AuditPosition;

/**
 * The custody events of an incident (E7), oldest first: all events are read, page by page, so that nothing is pushed out of view.
 * @param page the oldest events after a place, at most so many
 */
export async function custodyPages(
  page: (filter: { readonly limit: number; readonly after: number }) => Promise<readonly Stored[]>,
): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  for (let after = 0; ;) {
    const events = await page({ limit: PAGE, after });
    found.push(...events.filter(({ action }) => action.startsWith('evidence.')));
    const last = events.at(-1);
    if (last === undefined || events.length < PAGE) return found;
    after = last.seq;
  }
}
