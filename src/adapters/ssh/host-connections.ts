import { readFile } from 'node:fs/promises';
import { FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';
import { hostWords } from '../host-script/reply';
import { connectHost, type ConnectTiming } from './connect';
import { ConnectionBackoff } from './connection-backoff';
import { pinnedKey } from './host-key';
import type { SshChannel, SshConnection } from './ssh-connection';

interface OpenOptions {
  /** When the caller needs the channel no more; milliseconds of the epoch. */
  readonly until: number;
  /** Bytes that the command may answer. */
  readonly mayAnswer: number;
  /** Over a connection that was opened after this call. */
  readonly fresh: boolean;
  /** A busy connection that is free again within this time is used; only then another one is opened. Milliseconds. */
  readonly shareWithinMs: number;
  /** See HostCallOptions. */
  readonly insists: boolean;
  readonly signal: AbortSignal;
}

/** One command's channel, and the connection that it has for itself until it gives it back. */
export interface HeldConnection {
  readonly channel: SshChannel;
  /** Why the connection was given up, when it was because of what the host sent. */
  refusal(): FirebreakError | undefined;
  /** Others may use the connection. */
  release(): void;
  /** Nobody may. */
  drop(): void;
}

interface Kept {
  connection: SshConnection;
  idle: NodeJS.Timeout | undefined;
}

/**
 * The connections to one host. Callers share them, one command at a time on each: a host may limit new connections, so a second one is
 * opened only when the first is busy for longer. An unused connection is closed after `idleMs`.
 */
export class HostConnections {
  readonly #backoff = new ConnectionBackoff();
  /** Newest last. */
  readonly #free: Kept[] = [];
  readonly #busy = new Set<SshConnection>();
  /** Made or used by others now. */
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  constructor(
    readonly host: Host,
    private readonly timing: ConnectTiming,
    private readonly idleMs: number,
  ) {}

  /**
   * Starts a command. Nothing has run before a channel is open, so a connection that died while idle is replaced without a word.
   *
   * @throws FirebreakError the codes of connectHost, CONFIG_INVALID, HOST_UNREACHABLE (no session)
   */
  async open(command: string, options: OpenOptions): Promise<HeldConnection> {
    if (options.fresh) this.#closeFree();
    else if (this.#free.length === 0 && this.#taken > 0) await this.#oneIsFree(options);
    this.#taken += 1;
    let connection: SshConnection | undefined;
    try {
      for (connection = this.#takeFree(); connection !== undefined; connection = this.#takeFree()) {
        const channel = await bounded(connection.open(command, options.mayAnswer), this.timing.tcpMs).catch(
          () => undefined,
        );
        if (channel !== undefined) return this.#held(connection, channel);
        this.#forget(connection);
      }
      connection = await this.#connect(options);
      this.#busy.add(connection);
      return this.#held(connection, await this.#firstChannel(connection, command, options));
    } catch (thrown) {
      if (connection !== undefined) this.#forget(connection);
      this.#giveBack();
      throw thrown;
    }
  }

  close(): void {
    this.#closeFree();
    for (const connection of this.#busy) connection.dispose();
    this.#busy.clear();
  }

  #held(connection: SshConnection, channel: SshChannel): HeldConnection {
    let ended = false;
    const end = (work: () => void): void => {
      if (ended) return;
      ended = true;
      work();
      this.#giveBack();
    };
    return {
      channel,
      refusal: () => connection.refusal,
      release: () => end(() => this.#keep(connection)),
      drop: () => end(() => this.#forget(connection)),
    };
  }

  async #connect({ until, insists, signal }: OpenOptions): Promise<SshConnection> {
    const { host, timing } = this;
    const pinned = pinnedKey(host);
    const privateKey = await readFile(host.identityFile, 'utf8').catch((cause: unknown) => {
      throw new FirebreakError(
        'CONFIG_INVALID',
        { cause: 'own-key-unusable', file: host.identityFile, why: 'unreadable' },
        { cause },
      );
    });
    return connectHost({ host, pinned, privateKey, timing, until, backoff: this.#backoff, insists, signal });
  }

  async #firstChannel(connection: SshConnection, command: string, { mayAnswer }: OpenOptions): Promise<SshChannel> {
    try {
      return await bounded(connection.open(command, mayAnswer), this.timing.handshakeMs);
    } catch (thrown) {
      const words = hostWords(thrown instanceof Error ? thrown.message : String(thrown));
      throw new FirebreakError(
        'HOST_UNREACHABLE',
        { cause: 'no-session', host: this.host.name, words },
        { cause: thrown },
      );
    }
  }

  #takeFree(): SshConnection | undefined {
    for (let kept = this.#free.pop(); kept !== undefined; kept = this.#free.pop()) {
      clearTimeout(kept.idle);
      if (kept.connection.alive) {
        this.#busy.add(kept.connection);
        return kept.connection;
      }
      kept.connection.dispose();
    }
    return undefined;
  }

  #keep(connection: SshConnection): void {
    // Closed meanwhile.
    if (!this.#busy.delete(connection)) return connection.dispose();
    const kept: Kept = { connection, idle: undefined };
    kept.idle = setTimeout(() => {
      const at = this.#free.indexOf(kept);
      if (at >= 0) this.#free.splice(at, 1);
      connection.dispose();
    }, this.idleMs).unref();
    this.#free.push(kept);
  }

  #forget(connection: SshConnection): void {
    this.#busy.delete(connection);
    connection.dispose();
  }

  #closeFree(): void {
    for (const { connection, idle } of this.#free.splice(0)) {
      clearTimeout(idle);
      connection.dispose();
    }
  }

  #giveBack(): void {
    this.#taken -= 1;
    for (const wake of this.#waiting) wake();
  }

  /** Waits a little for a connection that another caller has. */
  async #oneIsFree({ shareWithinMs, signal }: OpenOptions): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, shareWithinMs);
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

async function bounded<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
