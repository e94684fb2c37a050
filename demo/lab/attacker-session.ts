import { knownHostsFile } from './lab-record';
import { spawnOutside } from './traffic-program';
import type { AttackerSession, SessionRequest } from './types';

const CONNECT_TIMEOUT_S = 10;
/** What `ssh -v` says when the host has opened the session, that is, when a process of the user runs there. */
const COMMAND_ACCEPTED = 'Sending command: ';

/** Opens an SSH session to a host's service address from an outside address, with the host's real key pinned. */
export function openSession(labId: string, request: SessionRequest): AttackerSession {
  const address = request.source.includes(':') ? request.host.serviceAddress6 : request.host.serviceAddress;
  const settings = {
    BindAddress: request.source,
    UserKnownHostsFile: knownHostsFile(labId),
    StrictHostKeyChecking: 'yes',
    IdentityFile: request.identityFile,
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    BatchMode: 'yes',
    ConnectTimeout: String(CONNECT_TIMEOUT_S),
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const login = `${request.user}@${address}`;
  const child = spawnOutside(labId, 'ssh', ['-F', 'none', '-v', ...options, login, request.command]);
  child.stdin.on('error', () => undefined);
  child.stdout.resume();

  const closed = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  const established = new Promise<boolean>((resolve) => {
    let said = '';
    const watch = (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (!said.includes(COMMAND_ACCEPTED)) return;
      child.stderr.off('data', watch);
      child.stderr.resume();
      resolve(true);
    };
    child.stderr.on('data', watch);
    void closed.then(() => resolve(false));
  });
  return { pid: child.pid ?? 0, established, closed, kill: () => void child.kill('SIGKILL') };
}
