import type { Host } from '../../domain/host';
import type { ActContext, HostFacts, HostInspector } from '../../ports/containment';
import type { HostScript, HostShell } from '../../ports/host-shell';
import { encodeHeader } from '../host-script/header';
import { hostScript, shellPart } from '../host-script/host-script';
import { hostWords, readReply } from '../host-script/reply';
import { blockParts, type BlockRung } from '../host-script/source-blocks/block-scripts';
import { incidentInComment, parseHeldBlocks } from '../host-script/source-blocks/held-blocks';

const TIMEOUT_MS = 30_000;
const MAX_REPLY_BYTES = 64 * 1024 * 1024;

/** The program that reads what a host offers and holds in these packet filters. */
export function hostFactsScript(rungs: readonly BlockRung[]): HostScript {
  return hostScript('host-facts', ...blockParts(rungs), shellPart(__dirname, 'host-facts.sh'));
}

/**
 * Asks a host what it offers and how it stands. The clock offset is good to some tens of milliseconds: the host reads its clock
 * last, and the way back is not known.
 */
export class SshHostInspector implements HostInspector {
  /** For the hosts' allow list. */
  readonly script: HostScript;
  readonly #shell: HostShell;
  readonly #rungs: readonly BlockRung[];

  /** @param rungs every packet filter whose blocks are to be listed, best first */
  constructor(rungs: readonly BlockRung[], shell: HostShell) {
    this.#rungs = rungs;
    this.#shell = shell;
    this.script = hostFactsScript(rungs);
  }

  async facts(host: Host, context: ActContext): Promise<HostFacts> {
    const result = await this.#shell.run(host, this.script, {
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: MAX_REPLY_BYTES,
      input: encodeHeader({}),
      signal: context.signal,
    });
    const arrived = Date.now();
    const reply = readReply(result);
    const [load = 0, cpus = 1] = reply.get('load').split(' ').map(Number);
    const offered = reply.all('filter');
    return {
      host: host.name,
      kernel: hostWords(reply.text('kernel')),
      os: hostWords(reply.text('os')),
      filters: this.#rungs.map((rung) => rung.name).filter((name) => offered.includes(name)),
      fail2ban: reply.find('fail2ban') === 'running',
      clockOffsetMs: reply.count('clock') - arrived,
      load: load / Math.max(1, cpus),
      blocks: parseHeldBlocks(reply.all('held')).map((block) => ({
        target: block.range.text,
        incident: incidentInComment(block.owner),
        secondsLeft: block.secondsLeft,
      })),
      isolated: reply.find('isolated') === 'yes',
    };
  }
}
