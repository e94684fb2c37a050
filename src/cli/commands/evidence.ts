import { VERDICTS } from '../../domain/evidence';
import type { IncidentId } from '../../domain/ids';
import { join } from 'node:path';
import type { CommandContext } from '../context';
import { paint, table } from '../output';

/** Exit 0 only from SIGNED up (E6). */
export async function verifyCommand(
  context: CommandContext,
  incident: IncidentId,
  options: { readonly bag?: string; readonly key?: string },
): Promise<number> {
  const { operations, config } = await context.firebreak();
  const bag = options.bag ?? join(config.paths.forensics, incident);
  const store = await operations.evidence();
  const verdict = await store.verify(bag, {
    incident,
    publicKey: options.key ?? store.publicKey,
  });
  const good = VERDICTS.indexOf(verdict.verdict) >= VERDICTS.indexOf('SIGNED');
  context.output.result({ bag, ...verdict }, [
    `${paint(good ? 'green' : 'red', verdict.verdict)}  ${bag}  ${verdict.records} records`,
    ...verdict.faults.map((fault) => `  ${fault.layer} ${fault.code}  ${fault.file}: ${fault.detail}`),
    ...verdict.notProven.map((text) => `  not proven: ${text}`),
  ]);
  return good ? 0 : 1;
}

export async function showCommand(context: CommandContext, incident: IncidentId): Promise<number> {
  const { operations } = await context.firebreak();
  const store = await operations.evidence();
  const [entries, sealed] = await Promise.all([store.entries(incident), store.sealed(incident)]);
  context.output.result({ incident, sealed: sealed ?? null, entries }, [
    sealed === undefined ? 'not sealed' : `sealed ${sealed.sealedAt}, ${sealed.records} records, root ${sealed.root}`,
    ...table(
      entries.map((entry) => [
        String(entry.seq),
        entry.type,
        entry.host,
        entry.name,
        entry.absence ?? `${entry.bytes} bytes`,
        entry.sha256.slice(0, 16),
      ]),
    ),
  ]);
  return 0;
}
