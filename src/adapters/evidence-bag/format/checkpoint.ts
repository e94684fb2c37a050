import { decodeBase64 } from './strict-base64';

/** The body of a C2SP checkpoint (c2sp.org/tlog-checkpoint) without extension lines. */
export interface Checkpoint {
  /** Key name and bag id: `firebreak.example/evidence/INC-20261120-7F3K`. */
  readonly origin: string;
  /** Number of chain lines. */
  readonly size: number;
  readonly root: Buffer;
}

/** The origin under which one key signs one bag; a genuine bag of another incident has another one. */
export function originOf(keyName: string, bagId: string): string {
  return `${keyName}/${bagId}`;
}

export function formatCheckpoint(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${checkpoint.root.toString('base64')}\n`;
}

/** @returns undefined for anything but origin, size and a 32-byte root; extension lines are not ours */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', sizeText = '', rootText = '', end, ...more] = text.split('\n');
  const root = decodeBase64(rootText);
  if (origin === '' || end !== '' || more.length > 0) return undefined;
  if (!/^(0|[1-9][0-9]{0,14})$/.test(sizeText) || root?.length !== 32) return undefined;
  return { origin, size: Number(sizeText), root };
}
