import { pinnedFingerprint } from '../adapters/ssh/host-key';
import type { HostShell } from '../ports/host-shell';

/** A shell whose library is loaded with the first call: most commands of the command line go to no host. */
export function lazyHostShell(): HostShell {
  let made: Promise<HostShell> | undefined;
  const shell = (): Promise<HostShell> => (made ??= make());
  return {
    run: async (...call) => (await shell()).run(...call),
    stream: async (...call) => (await shell()).stream(...call),
    fingerprint: pinnedFingerprint,
    close: async () => (await made)?.close(),
  };
}

async function make(): Promise<HostShell> {
  const { NodeSshHostShell } = await import('../adapters/ssh/node-ssh-host-shell.js');
  return new NodeSshHostShell();
}
