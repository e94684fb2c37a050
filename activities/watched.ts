import type { IncidentId } from '../src/domain/ids';
import { refusal } from '../src/domain/protection';
import { protectedFor } from '../src/domain/site';
import type { GuardedDeps } from './guarded';
import { loadDocument, loadIncident } from './incident-record';

/**
 * Whose sessions count as the attacker's on a host (B13): the reported accounts, and the reported sources that may be blocked. A
 * protected or too wide source would make everybody an attacker.
 */
export async function watchedOn(
  deps: Pick<GuardedDeps, 'incidents' | 'site'>,
  incident: IncidentId,
  host: string,
): Promise<{ readonly accounts: readonly string[]; readonly sources: readonly string[] }> {
  const [document, { order }] = await Promise.all([loadDocument(deps, incident), loadIncident(deps, incident)]);
  const protectedRanges = protectedFor(deps.site, order.operatorAddress);
  return {
    accounts: document.accounts
      .filter((account) => account.host === undefined || account.host === host)
      .map((account) => account.name),
    sources: document.sources.filter((source) => refusal(source, protectedRanges, deps.site.widths) === undefined),
  };
}
