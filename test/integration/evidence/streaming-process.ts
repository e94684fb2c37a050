import { createEvidenceStore } from '../../../src/adapters/evidence-bag/evidence-store';
import { makeSigner } from './make-signer';
import { INCIDENT, KEY_NAME, artefactInfo, opening, provenance } from './world';

const MIB = 1024 * 1024;

/** Pumps mebibytes through store, seal and verifier and prints by how much resident memory grew on the way. */
async function main(): Promise<void> {
  const [forensicsDir = '', keyFile = '', mebibytes = '0'] = process.argv.slice(2);
  const signer = await makeSigner({ keyFile, name: KEY_NAME });
  const store = createEvidenceStore({ forensicsDir, signer, now: () => new Date() });
  await store.open(opening());
  const chunk = Buffer.alloc(64 * 1024, 'x');
  await store.artefact(INCIDENT, provenance('warm-up'), 'warm-up', async (write) => {
    for (let i = 0; i < 256; i += 1) await write(chunk);
    return artefactInfo('web-1', 'warm-up');
  });
  const before = process.memoryUsage().rss;
  let highest = before;
  const look = (): void => {
    highest = Math.max(highest, process.memoryUsage().rss);
  };
  await store.artefact(INCIDENT, provenance('logs:web-1'), 'big', async (write) => {
    for (let i = 0; i < Number(mebibytes) * 16; i += 1) {
      await write(chunk);
      if (i % 256 === 0) look();
    }
    return artefactInfo('web-1', 'big');
  });
  const { path } = await store.seal(INCIDENT);
  look();
  const { verdict } = await store.verify(path, { incident: INCIDENT, publicKey: signer.vkey });
  look();
  process.stdout.write(JSON.stringify({ growthMiB: Math.round((highest - before) / MIB), verdict }));
}

if (require.main === module) void main();
