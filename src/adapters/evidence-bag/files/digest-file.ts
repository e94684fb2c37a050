import { createHash } from 'node:crypto';
import { openForReading } from './durable-files';

export interface Digests {
  readonly bytes: number;
  readonly sha256: string;
  readonly sha512: string;
}

const READ_CHUNK = 1024 * 1024;

/** Hashes a file as it lies on disk, chunk by chunk; hands the chunks on when asked to. */
export async function digestFile(
  path: string | Buffer,
  onChunk: (chunk: Buffer) => Promise<void> = () => Promise.resolve(),
): Promise<Digests> {
  const handle = await openForReading(path);
  const sha256 = createHash('sha256');
  const sha512 = createHash('sha512');
  let bytes = 0;
  try {
    const buffer = Buffer.allocUnsafe(READ_CHUNK);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, bytes);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      sha256.update(chunk);
      sha512.update(chunk);
      bytes += bytesRead;
      await onChunk(chunk);
    }
  } finally {
    await handle.close();
  }
  return { bytes, sha256: sha256.digest('hex'), sha512: sha512.digest('hex') };
}
