import { open, stat, unlink } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { FILE_MODE, ifPresent, isDiskFull } from './durable-files';

const SLICE_BYTES = 128 * 1024;

/**
 * Blocks put aside when a bag is opened, so that a full disk still takes records and the seal (E8). Filled with random bytes:
 * zeros cost nothing on file systems that compress, and would give nothing back.
 */
export class DiskReserve {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Puts `bytes` aside, or what is missing of them. @throws the file system's error when there is no room */
  async fill(bytes: number): Promise<void> {
    const handle = await open(this.#path, 'a', FILE_MODE);
    try {
      const block = randomBytes(64 * 1024);
      for (let size = (await handle.stat()).size; size < bytes; size += block.length) await handle.writeFile(block);
      await handle.sync();
    } catch (error) {
      await unlink(this.#path);
      throw error;
    } finally {
      await handle.close();
    }
  }

  /**
   * Runs `work`; when the disk is full, gives back slices of the reserve and runs it again until it fits.
   * @param keep bytes of the reserve that are not for this
   * @throws what `work` throws, when the reserve is used up: the file system's own error
   */
  async drawing<T>(keep: number, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isDiskFull(error) || !(await this.#giveSlice(keep))) throw error;
      }
    }
  }

  /** Gives everything back: the bag is about to be finished. */
  async release(): Promise<void> {
    await ifPresent(unlink(this.#path));
  }

  async #giveSlice(keep: number): Promise<boolean> {
    const size = (await ifPresent(stat(this.#path)))?.size ?? 0;
    if (size <= keep) return false;
    const handle = await open(this.#path, 'r+');
    try {
      await handle.truncate(Math.max(keep, size - SLICE_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  }
}
