import * as files from 'node:fs/promises';
import { createEvidenceStore } from '../../../src/adapters/evidence-bag/evidence-store';
import { createPostgres } from '../../../src/adapters/postgres/create-postgres';
import type { EvidenceStore } from '../../../src/ports/evidence-store';
import { makeSigner } from './make-signer';
import { INCIDENT, KEY_NAME, absenceInfo, addBytes, opening, provenance } from './world';

/** What became of each step (`done`, or the code of its failure), and how often the file system was changed. */
export interface WriterReport {
  readonly came: readonly string[];
  readonly changes: number;
}

/** Fills and seals the bag of the incident. */
export async function fillAndSeal(store: EvidenceStore, prefix: string): Promise<readonly string[]> {
  const steps: readonly (() => Promise<unknown>)[] = [
    () => store.open(opening()),
    () => addBytes(store, INCIDENT, prefix, 'auth.log', `${prefix} saw a failed login\n`),
    () => addBytes(store, INCIDENT, 'same', 'auth.log', 'what both have collected\n'),
    () => store.absence(INCIDENT, provenance(prefix), absenceInfo('web-1', 'journal')),
    () => store.record(INCIDENT, provenance(prefix), 'act', { by: prefix }),
    () => store.seal(INCIDENT),
  ];
  const came: string[] = [];
  for (const step of steps) {
    came.push(
      await step().then(
        () => 'done',
        (error: unknown) => {
          const { code, stack = '' } = error as { readonly code?: string; readonly stack?: string };
          return code === undefined || code === 'UNEXPECTED' ? stack : code;
        },
      ),
    );
  }
  return came;
}

/**
 * A worker in a process of its own. It stops itself (SIGSTOP) just before the n-th change that it makes to the file system: that is
 * where a writer that stands still does the most harm.
 */
async function main(): Promise<void> {
  const [forensicsDir = '', keyFile = '', url = '', prefix = '', stopBefore = '0'] = process.argv.slice(2);
  const log = { info: () => undefined, warn: () => undefined };
  const postgres = url === '' ? undefined : createPostgres({ url, applicationName: `writer ${prefix}`, log });
  const signer = await makeSigner({ keyFile, name: KEY_NAME });
  let changes = 0;
  const counted = (owner: object, names: readonly string[]): void => {
    const functions = owner as Record<string, (...given: unknown[]) => unknown>;
    for (const name of names) {
      const change = functions[name]!;
      functions[name] = function (this: unknown, ...given) {
        changes += 1;
        if (changes === Number(stopBefore)) process.kill(process.pid, 'SIGSTOP');
        return change.apply(this, given);
      };
    }
  };
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the one object that the store takes its functions from
  counted(require('node:fs/promises') as typeof files, ['link', 'rename', 'mkdir', 'unlink', 'rm', 'rmdir']);
  const handle = await files.open('/dev/null');
  counted(Object.getPrototypeOf(handle) as object, ['write', 'writeFile', 'truncate']);
  await handle.close();
  const store = createEvidenceStore({
    forensicsDir,
    signer,
    now: () => new Date(),
    ...(postgres === undefined ? {} : { locks: postgres.bagLocks }),
  });
  const came = await fillAndSeal(store, prefix);
  process.stdout.write(`${JSON.stringify({ came, changes } satisfies WriterReport)}\n`);
  await postgres?.close();
}

if (require.main === module) void main();
