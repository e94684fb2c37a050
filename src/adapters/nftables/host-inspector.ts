import { inEnglish } from '../../domain/fact-words';
import type { Host } from '../../domain/host';
import type { ActContext, HostFacts, HostInspector } from '../../ports/containment';
import type { HostScript, HostShell } from '../../ports/host-shell';
import { encodeHeader } from '../host-script/header';
import { hostScript, shellPart } from '../host-script/host-script';
import { unreadRemarks } from '../host-script/host-remarks';
import { limitsFor } from '../host-script/reply-lines';
import { hostWords, readReply, type HostReply } from '../host-script/reply';
import { blockParts, type BlockRung } from '../host-script/source-blocks/block-scripts';
import { incidentInComment, parseHeldBlocks } from '../host-script/source-blocks/held-blocks';

const TIMEOUT_MS = 30_000;
/** Of everything that all incidents hold there. */
const LIMITS = limitsFor(0);

const DIGEST = /^[0-9a-f]{64}$/;
const SIGNER = /^(\d{1,3}) (\S{1,64}) ([0-9a-f]{64})$/;
const WITHOUT = /^(ipset|iptables) ([46]) (kernel|tools)$/;
const JOURNAL_PLACES = ['memory', 'nowhere'] as const;
const LOAD = /^(\d{1,6}(?:\.\d{1,4})?) (\d{1,5})$/;

const PARTS = ['connection-limits.sh', 'host-facts.sh'].map((file) => shellPart(__dirname, file));

/** The program that reads what a host offers and holds in these packet filters. */
export function hostFactsScript(rungs: readonly BlockRung[]): HostScript {
  return hostScript('host-facts', ...blockParts(rungs), ...PARTS);
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

  async facts(host: Host, context: ActContext, fresh = false): Promise<HostFacts> {
    const result = await this.#shell.run(host, this.script, {
      timeoutMs: TIMEOUT_MS,
      limits: LIMITS,
      input: encodeHeader({}),
      signal: context.signal,
      fresh,
    });
    const arrived = Date.now();
    const reply = readReply(result);
    const [, load = '0', cpus = '1'] = LOAD.exec(reply.get('load')) ?? [];
    const held = await parseHeldBlocks(reply.all('held'));
    const offered = reply.all('filter');
    return {
      host: host.name,
      kernel: reply.text('kernel'),
      os: reply.text('os'),
      filters: this.#rungs.map((rung) => rung.name).filter((name) => offered.includes(name)),
      unfiltered: reply.all('without').flatMap((words) => unfilteredOf(words) ?? []),
      fail2ban: reply.find('fail2ban') === 'running',
      clockOffsetMs: reply.count('clock') - arrived,
      load: Number(load) / Math.max(1, Number(cpus)),
      blocks: held.map((block) => ({
        target: block.range.text,
        incident: incidentInComment(block.owner),
        secondsLeft: block.secondsLeft,
      })),
      isolated: reply.find('isolated') === 'yes',
      connectionLimits: limitsIn(reply),
      keepsEnds: reply.find('ends') === 'kept',
      journal: JOURNAL_PLACES.find((place) => place === reply.find('journal-place')) ?? 'disk',
      unread: unreadRemarks(reply.all('unread')).map(inEnglish),
      allows: reply.all('allows').filter((word) => DIGEST.test(word)),
      orders: {
        name: reply.find('name') ?? '',
        verifies: reply.find('verifies') === 'yes' && reply.all('list').includes('signers'),
        signers: reply.all('signer').flatMap(signerOf),
        emergencyList: reply.all('list').includes('emergency.keys'),
      },
    };
  }
}

function unfilteredOf(words: string): HostFacts['unfiltered'][number] | undefined {
  const [, filter, family, why] = WITHOUT.exec(words) ?? [];
  if (filter !== 'ipset' && filter !== 'iptables') return undefined;
  return { filter, family: family === '4' ? 'IPv4' : 'IPv6', why: why === 'kernel' ? 'kernel' : 'tools' };
}

/** Lines of text, at most 20. */
function limitsIn(reply: HostReply): readonly string[] {
  const lines = Buffer.from(reply.find('connection_limits') ?? '', 'base64')
    .toString('utf8')
    .split('\n');
  return lines
    .map(hostWords)
    .filter((line) => line !== '')
    .slice(0, 20);
}

function signerOf(words: string): HostFacts['orders']['signers'] {
  const [, line, name, keySha256] = SIGNER.exec(words) ?? [];
  return line === undefined || name === undefined || keySha256 === undefined
    ? []
    : [{ line: Number(line), name, keySha256 }];
}
