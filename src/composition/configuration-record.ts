import { effectiveValues } from '../config/describe';
import type { LoadedConfig } from '../config/load';
import { hashOf } from '../domain/hash';
import type { AuditEvent } from '../domain/ledger';
import type { Ledger } from '../ports/repositories';

const ACTION = 'config.in-force';
/** Events of other machines may stand between two of one machine. */
const LOOKED_THROUGH = 500;
/** Characters of a section's digest: they tell two texts apart, and nobody proves anything by them. */
const SHOWN = 12;
const SECTION = 'section.';
/** Each worker of a machine may be told others at its start. */
const OF_ONE_WORKER = 'temporal.queues';

/**
 * Writes into the ledger which configuration a worker acts by, when it is another one than at the last start on this machine (L1). So an
 * edit by hand is on record too: which sections are others, by their digests. Nothing of their contents is written.
 * @param machine this machine's name
 * @throws FirebreakError LEDGER_UNREACHABLE
 */
export async function recordConfiguration(
  ledger: Pick<Ledger, 'append' | 'events'>,
  loaded: LoadedConfig,
  machine: string,
  now: Date,
): Promise<void> {
  const sections = digestsOf(loaded);
  const sha256 = hashOf(sections);
  const subject = `${machine}: ${loaded.file ?? 'no file'}`;
  const known = await ledger.events({ limit: LOOKED_THROUGH, writer: 'config' });
  const before = known.filter((event) => event.subject === subject).at(-1);
  if (before?.detail?.['sha256'] === sha256) return;
  const event: AuditEvent = {
    // Workers that start together write the same one.
    key: `config:${machine}:${sha256}:${before?.seq ?? 0}`,
    ...({ level: 'AUDIT', actor: 'firebreak', stage: 'event', action: ACTION } as const),
    subject,
    result: before === undefined ? 'first' : `changed: ${changedIn(before, sections).join(', ')}`,
    at: now.toISOString(),
    detail: { sha256, ...sections },
  };
  await ledger.append([event]);
}

/** One digest for each section of the file. */
function digestsOf(loaded: LoadedConfig): Readonly<Record<string, string>> {
  const sections = new Map<string, (readonly [string, string])[]>();
  for (const { key, value } of effectiveValues(loaded)) {
    if (key === OF_ONE_WORKER) continue;
    const [section = key] = key.split('.');
    sections.set(section, [...(sections.get(section) ?? []), [key, value]]);
  }
  return Object.fromEntries([...sections].map(([name, values]) => [SECTION + name, hashOf(values).slice(0, SHOWN)]));
}

function changedIn({ detail = {} }: AuditEvent, sections: Readonly<Record<string, string>>): string[] {
  const names = new Set([...Object.keys(detail), ...Object.keys(sections)].filter((name) => name.startsWith(SECTION)));
  return [...names]
    .filter((name) => detail[name] !== sections[name])
    .map((name) => name.slice(SECTION.length))
    .sort();
}
