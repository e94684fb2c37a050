import { FirebreakError } from '../../domain/errors';
import { canonicalJson } from '../../domain/hash';
import type { SealKind, WorkerSeal } from '../../ports/worker-seal';
import type { SealingKey } from './sealing-key';

/** Seals with the worker-only key (AES-256-GCM); kind and binding are authenticated, the content is encrypted too. */
export class KeyedWorkerSeal implements WorkerSeal {
  /** @param key gives the sealing key */
  constructor(private readonly key: () => Promise<SealingKey>) {}

  async seal(kind: SealKind, binding: Readonly<Record<string, string>>, content: unknown): Promise<string> {
    const key = await this.key();
    return key.seal(Buffer.from(JSON.stringify(content), 'utf8'), boundTo(kind, binding));
  }

  async open(kind: SealKind, binding: Readonly<Record<string, string>>, sealed: string): Promise<unknown> {
    const key = await this.key();
    const content = key.open(sealed, boundTo(kind, binding));
    if (content === undefined) throw new FirebreakError('NOT_AUTHORISED', `No worker has sealed this ${kind}.`);
    return JSON.parse(content.toString('utf8'));
  }
}

function boundTo(kind: SealKind, binding: Readonly<Record<string, string>>): string {
  return canonicalJson({ for: `firebreak ${kind}`, binding });
}
