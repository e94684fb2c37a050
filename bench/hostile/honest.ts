const PREIMAGE = `preimage /var/lib/firebreak/INC-20261120-7F3K+x+web-1/before ${'a'.repeat(64)} 7`;
const PARTS = ['sshd-log-level', 'journald-rate-limit', 'drop-logging', 'fail2ban'];
const BLOCK = ['state applied', 'was applied', 'packets 0', 'left 600', 'lasts 600', 'sessions 0', 'flows 0', PREIMAGE];
const frames = (...artefacts: string[]) => ['@firebreak-frames 2 1.000', ...artefacts, '@done', ''].join('\n');
const artefact = (source: string, text: string) =>
  [`@begin ${source} plain`, Buffer.from(text).toString('base64'), '@exit 0', '@end'].join('\n');

/** What an honest host says to each program, as far as it takes to come to the next one; by name. */
const REPLIES: Readonly<Record<string, readonly string[]>> = {
  'block-sources-nftables': BLOCK,
  'block-sources-ipset': BLOCK,
  'block-sources-iptables': BLOCK,
  'feed-jail': ['fed 1', 'already 0'],
  'disable-account': ['outcome applied', PREIMAGE],
  'check-account': ['kind local', 'sessions 0', 'processes 0'],
  'restore-account': ['outcome applied'],
  'grant-emergency-access': ['outcome applied', PREIMAGE],
  'check-emergency-access': ['kind local'],
  'remove-emergency-access': ['outcome applied'],
  isolate: ['outcome applied', PREIMAGE],
  'confirm-isolation': ['state confirmed', PREIMAGE],
  'check-isolation': ['state confirmed'],
  'lift-isolation': ['outcome applied'],
  'interfaces-down': ['outcome applied', 'interface eth1', PREIMAGE],
  'interfaces-up': ['outcome applied', 'interface eth1'],
  'heighten-monitoring': [...PARTS.map((part) => `part ${part} applied`), PREIMAGE],
  'check-monitoring': PARTS.map((part) => `part ${part} already`),
  'restore-monitoring': PARTS.map((part) => `part ${part} applied`),
  'host-facts': ['filter nftables', 'load 0.1 2', 'clock 1'],
};
const COLLECTED = frames(artefact('journal-export', '__CURSOR=x\n'));

/** @param first what is asked for; programs before it on the way may have to refuse, so that the way leads to it */
export function honestReply(program: string, first: string): { readonly text: string; readonly code: number } {
  const filters = ['block-sources-nftables', 'block-sources-ipset', 'block-sources-iptables'];
  if (filters.includes(program) && filters.indexOf(program) < filters.indexOf(first)) return { text: '', code: 69 };
  if (program === 'isolate' && first.startsWith('interfaces')) return { text: '', code: 70 };
  if (program === 'collect-volatile') return { text: frames(), code: 0 };
  const lines = REPLIES[program];
  return { text: lines === undefined ? COLLECTED : [...lines, 'end', ''].join('\n'), code: 0 };
}
