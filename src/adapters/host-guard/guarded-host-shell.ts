import { ensureFirebreakError, FirebreakError, type ErrorCode } from '../../domain/errors';
import type { Host } from '../../domain/host';
import { HOST_REST_MS, HOST_SET_ASIDE_MS, HOST_STRIKES } from '../../domain/numbers';
import type { HostConversations } from '../../ports/host-conversations';
import type {
  HostRunOptions,
  HostRunResult,
  HostScript,
  HostShell,
  HostStreamOptions,
  HostStreamResult,
} from '../../ports/host-shell';
import { SerialQueue } from '../ssh/serial-queue';
import { abortReason } from '../ssh/tcp';

/** Does the talking; tells the code of its failure. */
type Talk<T> = (failed: (code: ErrorCode) => void) => Promise<T>;

/** A suspected host waits at most so long for the others to be done. */
const PROBATION_WAIT_MS = 10_000;

interface Strikes {
  count: number;
  until: number;
}

/**
 * The shell that workers use: the circuit breaker per host (H2). A host that has ended a worker is not asked again at once
 * (HostConversations), and one that gives no usable answers is left alone for a while.
 *
 * Time-outs count for looks and collections only. An act is always tried: a host under flood is slow, and containing it is
 * what makes it answer again.
 */
export class GuardedHostShell implements HostShell {
  /** Suspected hosts are talked to one at a time, so that the one that ends this process is known. */
  readonly #probation = new SerialQueue();
  readonly #strikes = new Map<string, Strikes>();

  constructor(
    private readonly shell: HostShell,
    private readonly conversations: HostConversations,
    private readonly now: () => number = Date.now,
  ) {}

  async run(host: Host, script: HostScript, options: HostRunOptions): Promise<HostRunResult> {
    return this.#guard(host, script.name, options.signal, async (failed) => {
      try {
        return await this.shell.run(host, script, options);
      } catch (thrown) {
        failed(ensureFirebreakError(thrown).code);
        throw thrown;
      }
    });
  }

  async stream(
    host: Host,
    script: HostScript,
    options: HostStreamOptions,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<HostStreamResult> {
    this.#mustNotRest(host, 'stream');
    return this.#guard(host, script.name, options.signal, async (failed) => {
      let said = false;
      const take = async (chunk: Buffer): Promise<void> => {
        said = true;
        return onChunk(chunk);
      };
      try {
        return await this.shell.stream(host, script, options, take);
      } catch (thrown) {
        const { code } = ensureFirebreakError(thrown);
        const silent = code === 'HOST_TIMEOUT' && !said && options.signal?.aborted !== true;
        if (silent) this.#strike(host, 'stream');
        failed(code);
        throw thrown;
      }
    });
  }

  fingerprint(host: Host): string {
    return this.shell.fingerprint(host);
  }

  async close(): Promise<void> {
    return this.shell.close();
  }

  async #guard<T>(host: Host, program: string, signal: AbortSignal | undefined, talk: Talk<T>): Promise<T> {
    this.#mustNotRest(host, 'any');
    const standing = await this.conversations.standing(host.name, program);
    if (standing === 'good') return this.#talk(host, program, false, talk);
    if (standing === 'set-aside') throw setAside(host);
    const alone = async (): Promise<T> => {
      // Another worker may have learned more while this one waited.
      if ((await this.conversations.standing(host.name, program)) === 'set-aside') throw setAside(host);
      return this.#talk(host, program, true, talk);
    };
    return (await this.#inTurn(alone, signal)) ?? this.#talk(host, program, false, talk);
  }

  /** Undefined when the turn does not come in time: containment waits for no proof of who ended a worker. */
  async #inTurn<T>(alone: () => Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
    const late = new AbortController();
    let started = false;
    const timer = setTimeout(() => started || late.abort(), PROBATION_WAIT_MS);
    const work = async (): Promise<T> => {
      started = true;
      return alone();
    };
    try {
      const either = AbortSignal.any(signal === undefined ? [late.signal] : [signal, late.signal]);
      return await this.#probation.run(work, either, abortReason);
    } catch (thrown) {
      if (started || !late.signal.aborted) throw thrown;
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  async #talk<T>(host: Host, program: string, alone: boolean, talk: Talk<T>): Promise<T> {
    const conversation = await this.conversations.begin(host.name, program, alone);
    let reached = true;
    try {
      const value = await talk((code) => {
        if (code === 'HOST_REPLY_REFUSED') this.#strike(host, 'any');
        reached = code !== 'HOST_UNREACHABLE';
      });
      this.#strikes.delete(keyOf(host, 'any'));
      this.#strikes.delete(keyOf(host, 'stream'));
      return value;
    } finally {
      // This process lives: whoever ended the other one, it was not what the host said now.
      await conversation.end(reached);
    }
  }

  #strike(host: Host, what: 'any' | 'stream'): void {
    const key = keyOf(host, what);
    const before = this.#strikes.get(key)?.count ?? 0;
    const count = before + 1;
    this.#strikes.set(key, { count, until: count < HOST_STRIKES ? 0 : this.now() + HOST_REST_MS });
  }

  #mustNotRest(host: Host, what: 'any' | 'stream'): void {
    const until = this.#strikes.get(keyOf(host, what))?.until ?? 0;
    if (until <= this.now()) return;
    const seconds = Math.ceil((until - this.now()) / 1_000);
    throw new FirebreakError('HOST_SET_ASIDE', { cause: 'no-usable-answer', host: host.name, seconds });
  }
}

function keyOf(host: Host, what: 'any' | 'stream'): string {
  return `${what}\n${host.name}`;
}

function setAside(host: Host): FirebreakError {
  const minutes = HOST_SET_ASIDE_MS / 60_000;
  return new FirebreakError('HOST_SET_ASIDE', { cause: 'workers-ended', host: host.name, minutes });
}
