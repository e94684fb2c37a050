import { once } from 'node:events';
import { FirebreakError } from '../../domain/errors';
import { childEnvironment } from '../../supervision/child-environment';
import { spawn } from '../../supervision/child-process';
import type { BagLayout } from './files/bag-layout';

/** The same bag gives the same bytes: order, owners and headers do not depend on the machine (GNU tar, “Reproducible archives”). */
const REPRODUCIBLE = [
  '--format=pax',
  '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
  '--sort=name',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
] as const;

/**
 * A sealed bag as one tar file whose only folder is the bag's.
 * @param write takes the archive piece by piece; nothing more is read until it has taken one
 * @throws FirebreakError EVIDENCE_BROKEN when a file of the bag cannot be read, UNEXPECTED without GNU tar; what `write` throws
 */
export async function packBag(layout: BagLayout, write: (chunk: Buffer) => Promise<void>): Promise<void> {
  const words = ['--create', '--file=-', ...REPRODUCIBLE, `--directory=${layout.forensics}`, '--', layout.bagId];
  const tar = spawn('tar', words, { stdio: ['ignore', 'pipe', 'pipe'], env: childEnvironment([], { LC_ALL: 'C' }) });
  let complaint = '';
  tar.stderr.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk.toString()}`.slice(-500)));
  const ended = once(tar, 'close') as Promise<[number | null]>;
  ended.catch(() => undefined);
  try {
    for await (const chunk of tar.stdout) await write(chunk as Buffer);
  } catch (thrown) {
    tar.kill();
    throw thrown;
  }
  const [code] = await ended.catch((cause: unknown) => {
    throw new FirebreakError('UNEXPECTED', 'The bag cannot be packed; is tar installed?', { cause });
  });
  // 1: a file changed while it was read.
  if (code !== 0) throw new FirebreakError('EVIDENCE_BROKEN', `It cannot be packed: ${complaint.trim()}`);
}
