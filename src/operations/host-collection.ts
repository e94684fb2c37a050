import type { Host } from '../domain/host';
import type { HostReading } from '../domain/security-state';
import type { HostCollector } from '../ports/collection';

/** The account that every host has, and an address that nobody has (RFC 5737), so that every part of a reading is asked for. */
const TRIAL = { accounts: ['root'], sources: ['192.0.2.1'] } as const;

/**
 * A reading as an incident takes it, by the way that logs take: what spoils it is to be seen before the incident.
 *
 * @throws FirebreakError LOGS_UNAVAILABLE, the codes of HostShell
 */
export function trialReading(
  collector: Pick<HostCollector, 'reading'>,
  host: Host,
  budgetMs: number,
  signal: AbortSignal,
): Promise<HostReading> {
  return collector.reading(host, TRIAL, { signal, budgetMs, onProgress: () => undefined });
}

/** What an incident would not know of this host, or would have to skip, in words. */
export function collectionFaults({ noise, unknown = {} }: Pick<HostReading, 'noise' | 'unknown'>): string[] {
  return [
    ...(noise === undefined
      ? []
      : [
          `its login prints before Firebreak’s program speaks: ${noise} → look at /etc/ssh/sshrc and shell start-up files`,
        ]),
    ...Object.entries(unknown).map(([part, why]) => `${part} would not be known: ${why}`),
  ];
}
