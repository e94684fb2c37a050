import type { Host } from '../../domain/host';
import type { ActionId } from '../../domain/ids';
import type { MachineSeen } from '../../domain/machine';
import type { ActContext, MachineReader } from '../../ports/containment';
import type { HostShell } from '../../ports/host-shell';
import { encodeHeader } from '../host-script/header';
import { hostScript, shellPart } from '../host-script/host-script';
import { readReply } from '../host-script/reply';

const TIMEOUT_MS = 20_000;
const DIGEST = /^[0-9a-f]{64}$/;
/** Acts of one request: their ids fit into one value of the header. */
const ACTS_AT_ONCE = 40;

/** The program that says which machine a host is. */
export const READ_MACHINE = hostScript('read-machine', shellPart(__dirname, 'read-machine.sh'));

/** Asks a host which machine it is, over a connection that its pinned key was verified for. */
export class SshMachineReader implements MachineReader {
  constructor(private readonly shell: HostShell) {}

  async look(
    host: Host,
    acts: readonly ActionId[],
    { signal, insists }: Pick<ActContext, 'signal' | 'insists'>,
  ): Promise<MachineSeen> {
    const journals = new Set<string>();
    let id: string | null = null;
    for (let from = 0; from === 0 || from < acts.length; from += ACTS_AT_ONCE) {
      const asked = acts.slice(from, from + ACTS_AT_ONCE);
      const input = encodeHeader(asked.length === 0 ? {} : { actions: asked.join(',') });
      const options = { timeoutMs: TIMEOUT_MS, signal, insists, input };
      const reply = readReply(await this.shell.run(host, READ_MACHINE, options));
      const said = reply.find('machine') ?? '';
      id = DIGEST.test(said) ? said : null;
      // Only what was asked for: the host can name anything.
      for (const act of reply.all('journal')) if (asked.some((one) => one === act)) journals.add(act);
    }
    return { hostKey: this.shell.fingerprint(host), id, journals };
  }
}
