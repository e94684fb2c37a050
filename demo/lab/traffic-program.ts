import { join } from 'node:path';
import { type ChildProcessWithoutNullStreams, spawn } from '../../src/supervision/child-process';
import { outsideNamespace } from './network';

/** Starts a program in the lab's outside network. */
export function spawnOutside(labId: string, command: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const namespace = outsideNamespace(labId);
  return spawn('nsenter', [`--net=/run/netns/${namespace}`, '--', command, ...args], { detached: true });
}

/** Starts `programs/traffic.py` in the outside network with a request on its standard input, which stays open. */
export function spawnTraffic(labId: string, mode: 'probe' | 'hammer', request: object): ChildProcessWithoutNullStreams {
  const program = join(__dirname, 'programs', 'traffic.py');
  // Not whatever `python3` is first on PATH: version managers put slow wrappers there.
  const child = spawnOutside(labId, '/usr/bin/python3', ['-I', '-B', program, mode, outsideNamespace(labId)]);
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(request)}\n`);
  return child;
}

/** Collects what a stream says. */
export function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
