import type { ErrorCode } from '../../src/domain/errors';
import type { Fact } from '../../src/domain/fact';
import type { Fault } from '../../src/domain/fault';
import {
  ABSENCE_WORDS,
  FOUND_SO,
  HOST_NEEDS,
  ISOLATION_LIMITS,
  ISOLATION_WORDS,
  JAIL_COUNTS,
  JAIL_WHY,
  MONITORING_PARTS,
  type JailAct,
  type RemarkKind,
} from '../../src/domain/remark';
import { TARGET_REASONS, type TargetReason } from '../../src/domain/target-reason';
import { CAUSE_NAMES } from './sample-causes';

/** What a tool of a host said: a quotation in every language. */
export const TOOL_SAID = 'iptables: No chain/target/match by that name.';
/** Names, addresses and the like in all samples: what no language changes. */
export const VERBATIM = [
  ...CAUSE_NAMES,
  'web-1',
  'gw-1',
  'alice',
  'bob',
  'deploy1',
  'dmz',
  'tcp/4444',
  '192.0.2.7',
  'no-such-order',
  'nftables',
  'gateway',
  'interface',
  'account',
  '6e25d220d0ff',
  'INC-20261120-7F3K',
  'appadmin',
  'usermod -L -e 1',
  'INC-20261120-8G4M',
  ...MONITORING_PARTS,
  '/home/miner/.ssh/authorized_keys',
  '/etc/ssh/sshd_config.d',
  '00-firebreak.conf',
  'zz-firebreak.conf',
  'zz-firebreak.local',
  'BROKEN',
  '/etc/firebreak/protect',
  '/etc/passwd',
  '/etc/shadow',
  '/var/log',
  '/run',
  '/srv',
  '/etc',
  'ssh-keygen',
  'host setup',
  'conntrack',
  'crontab',
  'journald',
  'logind',
  'lsattr',
  'chattr',
  'linger',
  'sudoers',
  'AllowUsers',
  'AllowGroups',
  'Deny',
  'PAM',
  'sshd',
  'jail',
  'MiB',
  'size-cap',
  'processes',
  'eth0',
  'nft',
];

const REASONS = Object.keys(TARGET_REASONS) as TargetReason[];
const by = 'INC-20261120-8G4M';
const fault: Fault = { code: 'HOST_TIMEOUT', detail: TOOL_SAID };
const code: ErrorCode = 'HOST_TIMEOUT';
const why: readonly Fact[] = [
  { fact: 'isolation-because', why: 'disarmed' },
  { fact: 'tool-said', words: TOOL_SAID },
];
const counted = <K extends 'processes-ended' | 'planted-files' | 'files-stuck'>(fact: K) =>
  [{ fact, count: 3 }] as const;

/** Every kind of remark, in each of its shapes. */
export const SAMPLE_REMARKS: { readonly [K in RemarkKind]: readonly Fact<K>[] } = {
  'journal-in-memory': [{ fact: 'journal-in-memory' }],
  'journal-stale': [{ fact: 'journal-stale' }],
  'needs-unread': [{ fact: 'needs-unread', needs: HOST_NEEDS }],
  'ended-by-host': [{ fact: 'ended-by-host', at: '2026-11-20T03:00:00.000Z' }, { fact: 'ended-by-host' }],
  'held-also-by': [{ fact: 'held-also-by', by }],
  because: REASONS.map((reason) => ({ fact: 'because', why: reason })),
  'left-as-changed': [{ fact: 'left-as-changed', why: 'password-changed' }],
  'link-lost': [{ fact: 'link-lost' }],
  'tool-said': [{ fact: 'tool-said', words: TOOL_SAID }],
  'same-uid': [
    { fact: 'same-uid', others: ['appadmin'], drill: false },
    { fact: 'same-uid', others: ['appadmin'], drill: true },
  ],
  'processes-ended': counted('processes-ended'),
  'planted-files': counted('planted-files'),
  'files-stuck': counted('files-stuck'),
  'found-so': FOUND_SO.map((what) => ({ fact: 'found-so', what })),
  'first-file': [{ fact: 'first-file', path: '/home/miner/.ssh/authorized_keys' }],
  'isolation-because': ISOLATION_WORDS.map((word) => ({ fact: 'isolation-because', why: word })),
  'isolation-limit': ISOLATION_LIMITS.map((limit) => ({ fact: 'isolation-limit', limit })),
  'card-cut': [{ fact: 'card-cut', card: 'eth0 02:00:00:00:00:01' }],
  'interface-down': [{ fact: 'interface-down', interface: 'eth0' }],
  'rung-not-holding': [
    { fact: 'rung-not-holding', rung: 'nftables', outcome: 'failed', why: [] },
    { fact: 'rung-not-holding', rung: 'nftables', outcome: 'failed', why },
  ],
  'rung-failed': [{ fact: 'rung-failed', rung: 'gateway', fault }],
  'rung-undo': [{ fact: 'rung-undo', rung: 'gateway', why }],
  'rung-not-undone': [
    { fact: 'rung-not-undone', rung: 'interface', held: true, fault },
    { fact: 'rung-not-undone', rung: 'interface', held: false, fault },
  ],
  'rung-without-way': [{ fact: 'rung-without-way', rung: 'gateway' }],
  'rung-unreadable': [{ fact: 'rung-unreadable', rung: 'interface' }],
  'no-gateway': [{ fact: 'no-gateway' }],
  'management-lacks': [{ fact: 'management-lacks', address: '192.0.2.7' }, { fact: 'management-lacks' }],
  'part-absent': MONITORING_PARTS.map((part) => ({ fact: 'part-absent', part })),
  'part-changed': MONITORING_PARTS.map((part) => ({ fact: 'part-changed', part })),
  'nothing-to-undo': [{ fact: 'nothing-to-undo' }],
  'flows-ended': [{ fact: 'flows-ended', sessions: 2, flows: 3 }],
  'elements-put-back': [{ fact: 'elements-put-back', count: 3 }],
  'time-over': [{ fact: 'time-over' }],
  'released-with': [{ fact: 'released-with', source: '192.0.2.7', by: '192.0.2.0/24' }],
  'still-blocked': [
    { fact: 'still-blocked', count: 3, by },
    { fact: 'still-blocked', count: 3 },
  ],
  'foreign-elements': [{ fact: 'foreign-elements', count: 3 }],
  'packets-dropped': [{ fact: 'packets-dropped', count: 3 }],
  'lies-in': [{ fact: 'lies-in', by: '192.0.2.0/24' }],
  'overlaps-protected': [{ fact: 'overlaps-protected', range: '192.0.2.0/24' }],
  'ends-otherwise': [{ fact: 'ends-otherwise', seconds: 30, planned: 3_600 }],
  'never-blocked': [{ fact: 'never-blocked' }],
  'was-not-in-force': [{ fact: 'was-not-in-force' }],
  'jail-told': (Object.keys(JAIL_COUNTS) as JailAct[]).flatMap((act) => {
    const counts = JAIL_COUNTS[act].map((what) => ({ what, count: 3 }));
    const told = { fact: 'jail-told', jail: 'sshd', act, counts } as const;
    return [told, ...[...JAIL_WHY, code, null].map((doubt) => ({ ...told, doubt }))];
  }),
  'source-absent': ABSENCE_WORDS.map((word) => ({ fact: 'source-absent', why: word })),
  'collection-ended': (['no-time', 'too-many'] as const).map((word) => ({ fact: 'collection-ended', why: word })),
  'transfer-broke': [
    { fact: 'transfer-broke', code },
    { fact: 'transfer-broke', code, bytes: 4_096 },
  ],
  'source-cut': [{ fact: 'source-cut', bytes: 4_096, cut: 'size-cap' }],
  'no-bytes': [
    ...(['no-answer', 'failed', 'lost', 'empty'] as const).map((word) => ({ fact: 'no-bytes', why: word }) as const),
    { fact: 'no-bytes', why: 'cut', cut: 'size-cap' },
  ],
  'path-not-allowed': [{ fact: 'path-not-allowed' }],
  'source-unread': (['not-asked', 'nothing', { fact: 'answer-broken', exit: 3, words: TOOL_SAID }] as const).map(
    (reason) => ({ fact: 'source-unread', source: 'processes', why: reason }),
  ),
  'answer-broken': [
    { fact: 'answer-broken', exit: 3, words: TOOL_SAID },
    { fact: 'answer-broken' },
    { fact: 'answer-broken', cut: 'size-cap' },
  ],
  'tables-unread': [{ fact: 'tables-unread', read: 1, asked: 2 }],
};
