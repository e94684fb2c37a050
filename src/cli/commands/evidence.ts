import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CustodyEvent } from '../../domain/evidence';
import { standsByItself } from '../../domain/evidence';
import { FirebreakError } from '../../domain/errors';
import type { IncidentId } from '../../domain/ids';
import type { Announced } from '../../operations/announce';
import { announced } from '../../operations/announce';
import { exportEvidence } from '../../operations/export-evidence';
import { knownIncident } from '../../operations/known-names';
import { type BagVerdict, isGoodSupplement, verifyBags } from '../../operations/verify-evidence';
import { readVerifier } from '../../composition/verifier';
import type { CommandContext } from '../context';
import { sayConfiguration } from '../context';
import { readerOf } from '../reader';
import { paint, table } from '../output';

/** A custody event of the operations log (E7). */
function custody(event: CustodyEvent, incident: IncidentId, detail: Announced['detail'] = {}): Announced {
  return { action: `evidence.${event}`, subject: incident, incident, actor: readerOf(), detail };
}

/** Faults that a person reads; the rest is counted. */
const MOST_LISTED = 20;

/** A place with no part of a bag in it was mistyped; one that lacks some parts is verified, and is broken. */
async function refuseNoBag(place: string): Promise<void> {
  const names = await readdir(place).catch((thrown: NodeJS.ErrnoException) => {
    throw new FirebreakError('BAD_INPUT', `--bag ${place} cannot be read: ${thrown.code ?? thrown.message}.`);
  });
  if (!names.some((name) => /^(bagit\.txt|(tag)?manifest-.*\.txt)$/.test(name)))
    throw new FirebreakError('BAD_INPUT', `--bag ${place} is no evidence bag: it has no bagit.txt and no manifest.`);
}

/** Exit 0 only from SIGNED up, for the bag and each of its supplements (E6, E7). */
export async function verifyCommand(
  context: CommandContext,
  incident: IncidentId,
  options: { readonly bag?: string; readonly key?: string },
): Promise<number> {
  const { operations, config } = await context.firebreak();
  if (options.bag !== undefined) await refuseNoBag(options.bag);
  const bag = options.bag ?? join(config.paths.forensics, incident);
  const configuration = sayConfiguration(context);
  const { first, supplements } = await announced(
    operations,
    custody('verified', incident, { bag, configuration }),
    async () => {
      // A copy elsewhere may be of an incident of another installation.
      if (options.bag === undefined) await knownIncident(operations, incident);
      const store = await operations.evidence();
      const publicKey = options.key ?? store.publicKey;
      if (options.bag === undefined) return verifyBags(store, incident, bag, publicKey);
      return { first: { bag, ...(await store.verify(bag, { incident, publicKey })) }, supplements: [] };
    },
    ({ first: { verdict: result, faults, records, disposed }, supplements: more }) => ({
      result: more.every(isGoodSupplement) ? result : 'BROKEN',
      detail: {
        ...{ bag, configuration, records, faults: faults.length, supplements: more.length },
        ...(disposed === undefined ? {} : { disposed: disposed.at }),
      },
    }),
  );
  context.output.result({ ...first, supplements }, [
    ...verdictLines(first, standsByItself(first.verdict)),
    ...supplements.flatMap((one) => [
      ...verdictLines(one, isGoodSupplement(one)),
      ...(one.citesTheOneBefore ? [] : ['  it does not cite the checkpoint of the bag before it']),
    ]),
    ...first.notProven.map((text) => `  not proven: ${text}`),
  ]);
  return standsByItself(first.verdict) && supplements.every(isGoodSupplement) ? 0 : 1;
}

function verdictLines({ bag, verdict, records, faults, disposed }: BagVerdict, good: boolean): string[] {
  return [
    `${paint(good ? 'green' : 'red', verdict)}  ${bag}  ${records} records`,
    ...(disposed === undefined
      ? []
      : [`  the collected bytes were disposed at ${disposed.at} by ${disposed.by}: ${disposed.reason}`]),
    ...faults.slice(0, MOST_LISTED).map((fault) => `  ${fault.layer} ${fault.code}  ${fault.file}: ${fault.detail}`),
    ...(faults.length > MOST_LISTED ? [`  … and ${faults.length - MOST_LISTED} more (--json lists all)`] : []),
  ];
}

export async function showCommand(context: CommandContext, incident: IncidentId): Promise<number> {
  const { operations } = await context.firebreak();
  const [entries, sealed] = await announced(operations, custody('accessed', incident), async () => {
    await knownIncident(operations, incident);
    const store = await operations.evidence();
    return Promise.all([store.entries(incident), store.sealed(incident)]);
  });
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

/** Hands the sealed bag out as one file; the ledger knows before anybody has it (E7). */
export async function exportCommand(
  context: CommandContext,
  incident: IncidentId,
  options: { readonly to: string; readonly reason: string; readonly supplement?: string },
): Promise<number> {
  const { operations } = await context.firebreak();
  const exported = await exportEvidence(operations, {
    incident,
    to: resolve(options.to),
    actor: readerOf(),
    reason: options.reason,
    ...(options.supplement === undefined ? {} : { supplement: Number(options.supplement) }),
  });
  const { sha256: verifierSha256 } = await readVerifier();
  context.output.result({ ...exported, verifierSha256 }, [
    `${exported.file}  ${exported.bytes} bytes`,
    `  sha256   ${exported.sha256}`,
    `  verdict  ${exported.verdict}`,
    'Give the receiver these three by another way than the file:',
    `  incident          ${exported.bag}`,
    `  verification key  ${exported.publicKey}`,
    `  SHA-256 of verify.py  ${verifierSha256}`,
    'The receiver compares the verify.py in the bag with that SHA-256, then runs:',
    '  python3 -I verify.py --key KEY --incident INCIDENT',
  ]);
  return 0;
}

/** The genuine verify.py of this version: its digest, or with `print` its text. Needs no configuration and no database. */
export async function verifierCommand(context: CommandContext, print: boolean): Promise<number> {
  const { path, text, sha256 } = await readVerifier();
  if (print) await context.output.document(text.toString('utf8'));
  else context.output.result({ file: path, sha256 }, [`${sha256}  ${path}`]);
  return 0;
}
