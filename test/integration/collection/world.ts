import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labUp } from '../../../demo/lab/lab';
import type { Lab, LabHost } from '../../../demo/lab/types';
import { plainHost } from '../../../demo/plain-host';
import { setupScript } from '../../../src/adapters/host-script/setup';
import { COLLECTION_SCRIPTS } from '../../../src/adapters/journal/collection-scripts';
import { ShellHostCollector } from '../../../src/adapters/journal/host-collector';
import { NodeSshHostShell } from '../../../src/adapters/ssh/node-ssh-host-shell';
import type { AbsenceInfo, ArtefactInfo } from '../../../src/domain/evidence';
import type { Host } from '../../../src/domain/host';
import type { ArtefactSink, CollectionContext, LogOptions } from '../../../src/ports/collection';
import type { HostScript } from '../../../src/ports/host-shell';

const MIB = 1024 * 1024;

/** Booted Debian hosts with Firebreak's account on them, and a collector that reaches them over SSH. */
export interface CollectionWorld {
  readonly lab: Lab;
  readonly collector: ShellHostCollector;
  readonly shell: NodeSshHostShell;
  /** Firebreak's key, for which nobody else has a use: an attacker with it gets nowhere. */
  readonly folder: string;
  machine(name: string): LabHost;
  host(name: string): Host;
  down(): Promise<void>;
}

export function makeKey(folder: string, name: string): { readonly identityFile: string; readonly publicKey: string } {
  const identityFile = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', identityFile]);
  return { identityFile, publicKey: readFileSync(`${identityFile}.pub`, 'utf8').trim() };
}

/** One host for each test, so that none sees what another has broken. */
export async function collectionWorld(
  names: readonly string[],
  more: readonly HostScript[] = [],
): Promise<CollectionWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-collection-'));
  const { identityFile, publicKey } = makeKey(folder, 'firebreak');
  const lab = await labUp({
    hosts: names.map((name) => ({ name, role: 'host' })),
    log: () => undefined,
    provision: ({ name }) =>
      setupScript({
        name,
        publicKey,
        scripts: [...COLLECTION_SCRIPTS, ...more],
        from: 'anywhere',
        management: [],
      }),
  });
  const shell = new NodeSshHostShell();
  const machine = (name: string): LabHost => {
    const found = lab.hosts.get(name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  };
  return {
    lab,
    shell,
    folder,
    collector: new ShellHostCollector(shell),
    machine,
    host: (name) => {
      const { address, port, hostKey, serviceAddress } = machine(name);
      return plainHost({ name, address, port, identityFile, hostKey, serviceAddresses: [serviceAddress] });
    },
    down: async () => {
      await shell.close();
      await lab.down();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a script as root on the host; what it prints. */
export async function on(machine: LabHost, script: string): Promise<string> {
  const { code, stdout, stderr } = await machine.exec(script);
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return stdout;
}

export function context(budgetMs: number): CollectionContext {
  return { signal: new AbortController().signal, budgetMs, onProgress: () => undefined };
}

/** The last hour, with the default cap. */
export function logOptions(overrides: Partial<LogOptions> = {}): LogOptions {
  const since = new Date(Date.now() - 3_600_000).toISOString();
  return { since, maxBytes: 256 * MIB, paths: [], ...overrides };
}

/** What arrived of one artefact; of large ones only the digest and the beginning are kept. */
export interface Arrived {
  readonly info: ArtefactInfo;
  readonly bytes: number;
  readonly sha256: string;
  readonly head: Buffer;
}

export class HashingSink implements ArtefactSink {
  readonly arrived = new Map<string, Arrived>();
  readonly absences: AbsenceInfo[] = [];

  constructor(private readonly headBytes = MIB) {}

  async artefact(
    name: string,
    produce: (write: (chunk: Buffer) => Promise<void>) => Promise<ArtefactInfo>,
  ): Promise<void> {
    const hash = createHash('sha256');
    const head: Buffer[] = [];
    let bytes = 0;
    const info = await produce((chunk) => {
      if (bytes < this.headBytes) head.push(Buffer.from(chunk));
      bytes += chunk.length;
      hash.update(chunk);
      return Promise.resolve();
    });
    this.arrived.set(name, { info, bytes, sha256: hash.digest('hex'), head: Buffer.concat(head) });
  }

  absence(info: AbsenceInfo): Promise<void> {
    this.absences.push(info);
    return Promise.resolve();
  }

  get(name: string): Arrived {
    const found = this.arrived.get(name);
    if (found === undefined) throw new Error(`no ${name} among ${[...this.arrived.keys()].join(', ')}`);
    return found;
  }

  /** Names whose bytes are not the ones that the host hashed. */
  get mismatched(): readonly string[] {
    return [...this.arrived].flatMap(([name, { info, sha256 }]) =>
      info.hostSha256 === undefined || info.hostSha256 === sha256 ? [] : [name],
    );
  }

  /** Sources that gave at least one byte, without what tells several of them apart. */
  get sources(): ReadonlySet<string> {
    return new Set([...this.arrived.keys()].map((name) => name.replace(/\..*$/, '')));
  }

  /** Sources that are neither among what arrived nor among the absences. */
  unmentioned(of: Iterable<string>): readonly string[] {
    const absent = new Set(this.absences.map(({ source }) => source.replace(/\..*$/, '')));
    return [...of].filter((source) => !this.sources.has(source) && !absent.has(source));
  }

  missing(source: string): AbsenceInfo {
    const found = this.absences.find((absence) => absence.source === source);
    if (found === undefined) throw new Error(`no absence of ${source}`);
    return found;
  }
}
