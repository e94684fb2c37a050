import { createEvidenceStore } from '../../../src/adapters/evidence-bag/evidence-store';
import { makeSigner } from './make-signer';
import { INCIDENT, KEY_NAME, absenceInfo, artefactInfo, opening, provenance } from './world';

/** What is stored under a name: different for every name, the same in every process. */
export function contentOf(name: string, chunks: number): Buffer[] {
  return Array.from({ length: chunks }, (_, i) => Buffer.from(`${name} ${i} `.repeat(200)));
}

/**
 * A worker of its own: opens the bag, adds `count` artefacts, absences and records under keys that start with `prefix`, seals if asked to,
 * and prints a line for everything that was confirmed.
 */
async function main(): Promise<void> {
  const [forensicsDir = '', keyFile = '', prefix = '', count = '0', seal = ''] = process.argv.slice(2);
  const signer = await makeSigner({ keyFile, name: KEY_NAME });
  const store = createEvidenceStore({ forensicsDir, signer, now: () => new Date() });
  const confirm = (what: string): void => void process.stdout.write(`${what}\n`);
  await store.open(opening());
  confirm('open');
  for (let i = 0; i < Number(count); i += 1) {
    const name = `${prefix}-${i}`;
    await store.artefact(INCIDENT, provenance(prefix), name, async (write) => {
      for (const chunk of contentOf(name, 1 + (i % 4))) await write(chunk);
      return artefactInfo('web-1', name);
    });
    confirm(`artefact ${name}`);
    if (i % 3 === 0) {
      await store.absence(INCIDENT, provenance(name), absenceInfo('web-1', 'journal'));
      confirm(`absence ${name}`);
    }
    if (i % 4 === 0) {
      await store.record(INCIDENT, provenance(name), 'act', { i });
      confirm(`act ${name}`);
    }
  }
  if (seal === 'seal') {
    await store.seal(INCIDENT);
    confirm('seal');
  }
}

if (require.main === module) void main();
