import { AsyncLocalStorage } from 'node:async_hooks';
import { sha256Hex } from '../../domain/hash';
import type { Host } from '../../domain/host';
import type { IncidentId } from '../../domain/ids';
import type { IncidentScope, ProgramKeeper } from '../../ports/host-programs';
import type {
  HostRunOptions,
  HostRunResult,
  HostScript,
  HostShell,
  HostStreamOptions,
  HostStreamResult,
} from '../../ports/host-shell';

interface Running {
  readonly incident: IncidentId | undefined;
  /** SHA-256 of what ran so far. */
  readonly programs: Set<string>;
}

/** Of so many pairs of incident and program it is remembered that they are kept. */
const REMEMBERED = 10_000;

/**
 * Notes which program text runs for which incident, and has the text kept for the evidence. Keeping never delays a program and never
 * fails one: containment comes first.
 */
export class NotingHostShell implements HostShell, IncidentScope {
  readonly #scope = new AsyncLocalStorage<Running>();
  readonly #kept = new Set<string>();
  readonly #keeping = new Set<Promise<void>>();

  /** @param keeper undefined: this process keeps no texts, it only names them */
  constructor(
    private readonly shell: HostShell,
    private readonly keeper: ProgramKeeper | undefined,
    private readonly log: { warn(details: object, message: string): void },
  ) {}

  within<T>(incident: IncidentId | undefined, work: () => Promise<T>): Promise<T> {
    return this.#scope.run({ incident, programs: new Set() }, work);
  }

  /** @returns also the SHA-256 of every program that ran for `work`, in their order */
  async naming<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly programs: readonly string[] }> {
    const running = { incident: this.#scope.getStore()?.incident, programs: new Set<string>() };
    return { value: await this.#scope.run(running, work), programs: [...running.programs] };
  }

  run(host: Host, script: HostScript, options: HostRunOptions): Promise<HostRunResult> {
    this.#note(script);
    return this.shell.run(host, script, options);
  }

  stream(
    host: Host,
    script: HostScript,
    options: HostStreamOptions,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<HostStreamResult> {
    this.#note(script);
    return this.shell.stream(host, script, options, onChunk);
  }

  fingerprint(host: Host): string {
    return this.shell.fingerprint(host);
  }

  async close(): Promise<void> {
    await Promise.all(this.#keeping);
    await this.shell.close();
  }

  #note(script: HostScript): void {
    const running = this.#scope.getStore();
    if (running === undefined) return;
    const sha256 = sha256Hex(script.text);
    running.programs.add(sha256);
    const { incident } = running;
    const key = `${incident} ${sha256}`;
    if (this.keeper === undefined || incident === undefined || this.#kept.has(key)) return;
    if (this.#kept.size >= REMEMBERED) this.#kept.clear();
    this.#kept.add(key);
    const keeping: Promise<void> = this.keeper
      .keep(incident, script)
      .catch((thrown: unknown) => {
        this.#kept.delete(key);
        const error = thrown instanceof Error ? thrown.message : String(thrown);
        this.log.warn({ incident, program: script.name, error }, 'the text of a program could not be kept');
      })
      .finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }
}
