import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labUp } from '../../../demo/lab/lab';
import type { Lab, LabHost } from '../../../demo/lab/types';
import { setupScript } from '../../../src/adapters/host-script/setup';
import { COLLECTION_SCRIPTS } from '../../../src/adapters/journal/collection-scripts';
import { ShellHostCollector } from '../../../src/adapters/journal/host-collector';
import { NodeSshHostShell } from '../../../src/adapters/ssh/node-ssh-host-shell';
import type { Host } from '../../../src/domain/host';

/** A booted Debian host, Firebreak's account on it, and a collector that reaches it over SSH. */
export interface CollectionWorld {
  readonly lab: Lab;
  readonly host: Host;
  readonly machine: LabHost;
  readonly collector: ShellHostCollector;
  down(): Promise<void>;
}

export async function collectionWorld(): Promise<CollectionWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-collection-'));
  const identityFile = join(folder, 'id');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', identityFile]);
  const publicKey = readFileSync(`${identityFile}.pub`, 'utf8');
  const lab = await labUp({
    hosts: [{ name: 'web-1', role: 'host' }],
    log: () => undefined,
    provision: () => setupScript({ publicKey, scripts: COLLECTION_SCRIPTS }),
  });
  const machine = lab.hosts.get('web-1')!;
  const shell = new NodeSshHostShell();
  const host: Host = {
    name: machine.name,
    address: machine.address,
    port: machine.port,
    user: 'firebreak',
    identityFile,
    hostKey: machine.hostKey,
    role: 'host',
    isolation: 'allowed',
    onUnconfirmed: 'disarm',
    segments: [],
    management: [],
    serviceAddresses: [machine.serviceAddress],
  };
  return {
    lab,
    host,
    machine,
    collector: new ShellHostCollector(shell),
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
