import { openForReading } from './durable-files';

const READ_CHUNK = 1024 * 1024;

export interface FileLine {
  /** Without its LF. */
  readonly bytes: Buffer;
  /** False only for a last line without LF. */
  readonly ended: boolean;
}

/** A line is longer than the reader takes. */
export class LineTooLong extends Error {}

/**
 * The lines of a regular file, one at a time: memory holds one line and one chunk, however large the file is.
 * @param limit most bytes of a line, with its LF
 * @throws LineTooLong
 */
export async function* readLines(path: string, limit: number): AsyncGenerator<FileLine> {
  const handle = await openForReading(path);
  try {
    let pending: Buffer[] = [];
    let pendingBytes = 0;
    for (;;) {
      // A buffer of its own for each chunk: lines that were handed out may still be in use.
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(READ_CHUNK), 0, READ_CHUNK, null);
      if (bytesRead === 0) break;
      let start = 0;
      const chunk = buffer.subarray(0, bytesRead);
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        const part = chunk.subarray(start, end);
        if (pendingBytes + part.length + 1 > limit) throw new LineTooLong(path);
        yield { bytes: pending.length === 0 ? part : Buffer.concat([...pending, part]), ended: true };
        pending = [];
        pendingBytes = 0;
        start = end + 1;
      }
      if (start < chunk.length) pending.push(chunk.subarray(start));
      pendingBytes += chunk.length - start;
      if (pendingBytes > limit) throw new LineTooLong(path);
    }
    if (pendingBytes > 0) yield { bytes: Buffer.concat(pending), ended: false };
  } finally {
    await handle.close();
  }
}
