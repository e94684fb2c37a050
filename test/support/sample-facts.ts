import { ERRORS, type ErrorCode } from '../../src/domain/errors';
import { PLAIN_BOXES } from '../../src/domain/boxes';
import { LEFT_OUT, NOT_BY_POLICY, onRecord, type Act, type Fact, type FactKind } from '../../src/domain/fact';
import type { Fault } from '../../src/domain/fault';
import { INDICATOR_KINDS } from '../../src/domain/incident';
import { ROLE_FOR } from '../../src/domain/order';
import { CHANNELS, NOTICE_KINDS, OUTCOMES } from '../../src/domain/words';
import { SAMPLE_ACTS } from './sample-acts';
import { CAUSE_SAID, SAMPLE_CAUSES } from './sample-causes';
import { SAMPLE_REMARKS, TOOL_SAID } from './sample-remarks';

/** What a failure says beyond its code, as a library wrote it. */
export const DETAIL = 'connect ECONNREFUSED 192.0.2.9:22';
/** What somebody wrote: a quotation in every language. */
export const WRITTEN = 'the cause, as an operator put it';
/** Texts that stand in the facts below as quotations. */
export const QUOTED = [
  DETAIL,
  WRITTEN,
  TOOL_SAID,
  CAUSE_SAID,
  'TypeError: x is not a function',
  'the operator’s own address',
];

const host = 'web-1';
const fault: Fault = { code: 'HOST_UNREACHABLE', detail: DETAIL };
const acts = Object.values(SAMPLE_ACTS).flat();
const CONTROLS = [...(Object.keys(SAMPLE_ACTS) as Act['kind'][]), 'forced-isolation'] as const;
const ID = 'INC-20261120-7F3K';
const failed = <K extends FactKind>(fact: K) => [{ fact, fault }] as const;
const failedOnHost = <K extends FactKind>(fact: K) => [{ fact, host, fault }] as const;

/** Every kind of fact, in each of its shapes. */
export const SAMPLE_FACTS: { readonly [K in FactKind]: readonly Fact<K>[] } = {
  ...SAMPLE_REMARKS,
  recorded: [{ fact: 'recorded', words: onRecord(WRITTEN) }],
  step: [
    ...PLAIN_BOXES.map((box) => ({ fact: 'step', box }) as const),
    { fact: 'step', box: 'forced isolation of web-1', note: { fact: 'holds-by', rung: 'gateway' } },
    { fact: 'step', box: 'control access', note: onRecord(WRITTEN) },
  ],
  stage: (['partial', 'manual', 'escalated', 'emergency'] as const).map((stage) => ({
    fact: 'stage',
    stage,
    why: [{ fact: 'no-logs-from', host }, { fact: 'not-assessed' }],
  })),
  'second-try': failed('second-try'),
  'response-ended': OUTCOMES.map((outcome) => ({ fact: 'response-ended', outcome, after: '0:23' })),
  'host-loaded': [{ fact: 'host-loaded', host, percent: 140 }],
  'host-load-below': [{ fact: 'host-load-below', host, percent: 40 }],
  ordered: [
    ...Object.keys(ROLE_FOR).map((action) => ({ fact: 'ordered', action, by: 'alice', reason: '' }) as const),
    { fact: 'ordered', action: 'no-such-order', by: 'alice', reason: WRITTEN },
    { fact: 'ordered', action: 'release', by: 'alice', gone: ['web-1', 'db-1'], reason: WRITTEN },
  ],
  'reported-again': [
    { fact: 'reported-again', by: 'alice', repeats: 1, last: ID },
    { fact: 'reported-again', by: 'alice', repeats: 7, last: ID },
  ],
  'joined-to': [{ fact: 'joined-to', incident: ID }],
  'start-refused': failed('start-refused'),
  unblocked: [
    { fact: 'unblocked', host, unblocked: 2, notInForce: 0 },
    { fact: 'unblocked', host, unblocked: 0, notInForce: 3 },
  ],
  'act-ended': CONTROLS.flatMap((kind) => [
    { fact: 'act-ended', host, kind, asked: 12, inForce: 11, rung: 'nftables', drill: false } as const,
    { fact: 'act-ended', host, kind, target: 'deploy1', asked: 1, inForce: 1, rung: 'account', drill: true } as const,
  ]),
  'act-undone': CONTROLS.flatMap((kind) => [
    { fact: 'act-undone', host, kind, how: 'by-order' } as const,
    { fact: 'act-undone', host, kind, how: 'expired' } as const,
    { fact: 'act-undone', host, kind, how: 'failed', code: 'HOST_TIMEOUT' } as const,
    { fact: 'act-undone', host, kind, how: 'given-up', by: 'alice' } as const,
  ]),
  told: NOTICE_KINDS.flatMap((notice) =>
    (['pending', 'delivered', 'failed', 'skipped'] as const).map((state) => ({
      fact: 'told',
      notice,
      state,
      people: CHANNELS.map((channel) => ({ person: 'alice', channel })),
      more: 2,
    })),
  ),
  'not-listed': [
    { fact: 'not-listed', what: 'acts', count: 5 },
    { fact: 'not-listed', what: 'notices', count: 5 },
  ],
  'went-wrong': [
    ...failed('went-wrong'),
    ...Object.values(SAMPLE_CAUSES).flatMap((causes) =>
      causes.map((why) => ({ fact: 'went-wrong', fault: { code: 'UNEXPECTED', why } }) as const),
    ),
  ],
  'by-order': [{ fact: 'by-order' }],
  'nothing-to-do': [
    { fact: 'nothing-to-do', what: 'no-act' },
    { fact: 'nothing-to-do', what: 'no-host' },
  ],
  'on-its-way': [{ fact: 'on-its-way' }],
  assessed: [{ fact: 'assessed', type: 'intrusion', severity: 'critical', confidence: 0.9 }],
  classified: [{ fact: 'classified', type: 'malware', by: 'bob' }],
  'nobody-answered': [{ fact: 'nobody-answered', within: '5:00' }],
  'ended-by-order': [{ fact: 'ended-by-order' }],
  planned: [{ fact: 'planned', acts: 7, refused: 1, planHash: '6e25d220d0ff' }],
  'holds-by': [{ fact: 'holds-by', rung: 'gateway' }],
  'on-hosts': [{ fact: 'on-hosts', hosts: 2 }],
  'failed-each': [
    {
      fact: 'failed-each',
      each: [
        { host, fault },
        { host: 'gw-1', fault },
      ],
    },
  ],
  'cut-short': [{ fact: 'cut-short' }],
  'failed-on': [{ fact: 'failed-on', hosts: ['web-1', 'db-1'] }],
  'nothing-from': [{ fact: 'nothing-from', hosts: ['web-1', 'db-1'] }],
  'not-captured': [{ fact: 'not-captured', hosts: ['web-1', 'db-1'] }],
  sealed: [{ fact: 'sealed', artefacts: 12, absences: 1, root: '6e25d220d0ff' }],
  'taken-over': [{ fact: 'taken-over', by: 'bob' }],
  'escalated-by': [
    { fact: 'escalated-by', by: 'bob', reason: '' },
    { fact: 'escalated-by', by: 'bob', reason: WRITTEN },
  ],
  'nobody-named-type': [{ fact: 'nobody-named-type' }],
  'no-plan-made': [{ fact: 'no-plan-made' }],
  'no-logs-from': [{ fact: 'no-logs-from', host }],
  'no-emergency-access': (['not-configured', 'detector', 'failed'] as const).map((why) => ({
    fact: 'no-emergency-access',
    host,
    why,
  })),
  'people-must-respond': [{ fact: 'people-must-respond' }],
  'not-read-back': [...failed('not-read-back'), ...failedOnHost('not-read-back')],
  'do-assess': [{ fact: 'do-assess' }],
  'do-classify': [{ fact: 'do-classify' }],
  'do-contain': (['no-plan', 'all-refused', 'nothing-named'] as const).map((why) => ({ fact: 'do-contain', why })),
  'do-look-at': [{ fact: 'do-look-at', hosts: ['web-1', 'db-1'] }],
  'do-cut-off': [
    ...(['must-stay-up', 'not-approved', 'not-in-order'] as const).map(
      (why) => ({ fact: 'do-cut-off', host, why }) as const,
    ),
    { fact: 'do-cut-off', host, why: fault },
  ],
  'do-look-at-forced': [
    { fact: 'do-look-at-forced', host, rung: 'gateway', access: true },
    { fact: 'do-look-at-forced', host, rung: 'interface', access: false },
  ],
  'do-secure-logs': [{ fact: 'do-secure-logs', host }],
  'do-decide': acts.map((one) => ({ fact: 'do-decide', act: one })),
  'do-seal': [{ fact: 'do-seal' }],
  'do-respond': failed('do-respond'),
  'do-take-over': [
    { fact: 'do-take-over', why: 'deadline', open: [], more: 0 },
    { fact: 'do-take-over', why: 'cancelled', open: acts, more: 3 },
  ],
  'do-undo': [
    { fact: 'do-undo', host, kind: 'isolate-host', code: 'HOST_TIMEOUT', command: `firebreak release ${ID}` },
    { fact: 'do-undo', host, kind: 'forced-isolation', command: `firebreak stand-down ${ID}` },
  ],
  'do-put-right': [{ fact: 'do-put-right', host, command: `firebreak release ${ID} --gone web-1` }],
  'do-correct-machine': [{ fact: 'do-correct-machine', host, command: `firebreak release ${ID} --gone web-1` }],
  'when-over': [{ fact: 'when-over', command: `firebreak release ${ID}` }],
  'false-alarm': [{ fact: 'false-alarm', command: `firebreak stand-down ${ID}` }],
  'only-monitored': [
    { fact: 'only-monitored', ordered: true, reason: WRITTEN },
    { fact: 'only-monitored', ordered: true },
    { fact: 'only-monitored', ordered: false },
  ],
  'not-classified': [{ fact: 'not-classified' }],
  'doubt-lowers': [{ fact: 'doubt-lowers', from: 'isolate', to: 'block' }],
  'detector-bound': [{ fact: 'detector-bound', maximum: 'block', asked: 'isolate' }],
  'left-out': LEFT_OUT.map((why) => ({ fact: 'left-out', why })),
  'left-out-by-policy': NOT_BY_POLICY.map((what) => ({
    fact: 'left-out-by-policy',
    what,
    type: 'ddos',
    severity: 'high',
    mode: 'isolate',
  })),
  'host-inside': [{ fact: 'host-inside', host }],
  'range-protected': [{ fact: 'range-protected', range: '127.0.0.0/8', label: 'the operator’s own address' }],
  'range-too-wide': [{ fact: 'range-too-wide', prefix: 8, allowed: 16 }],
  'indicator-speaks': INDICATOR_KINDS.map((indicator) => ({
    fact: 'indicator-speaks',
    indicator,
    count: 3,
    type: 'intrusion',
    weight: 2,
  })),
  'indicator-calls': INDICATOR_KINDS.map((indicator) => ({
    fact: 'indicator-calls',
    indicator,
    count: 3,
    severity: 'critical',
  })),
  'hosts-touched': [{ fact: 'hosts-touched', hosts: 3 }],
  'scope-calls': [
    { fact: 'scope-calls', of: 'accounts', count: 3 },
    { fact: 'scope-calls', of: 'services', count: 4 },
  ],
  'segment-touched': [{ fact: 'segment-touched', hosts: 6, segments: 1 }],
  'in-words': [
    { fact: 'in-words', words: WRITTEN },
    { fact: 'in-words', words: WRITTEN, by: 'bob' },
  ],
  stated: [{ fact: 'stated', type: 'intrusion', severity: 'critical', mode: 'isolate' }],
  'evidence-tied': [{ fact: 'evidence-tied', types: ['intrusion', 'malware'] }],
  'type-contradicted': [{ fact: 'type-contradicted', stated: 'ddos', derived: 'intrusion', points: [3, 0] }],
  'severity-contradicted': [{ fact: 'severity-contradicted', stated: 'medium', derived: 'critical' }],
  'assessment-failed': failed('assessment-failed'),
  'not-assessed': [{ fact: 'not-assessed' }],
  'answer-within': [{ fact: 'answer-within', within: '5:00' }],
  'classify-as': (['intrusion', 'malware', 'ddos'] as const).map((type) => ({
    fact: 'classify-as',
    type,
    command: `firebreak classify INC-20261120-7F3K --as ${type}`,
  })),
  'nobody-classified': [{ fact: 'nobody-classified', within: '5:00' }],
  'bag-not-opened': failed('bag-not-opened'),
  'no-plan': failed('no-plan'),
  'containment-up-to-people': [{ fact: 'containment-up-to-people' }],
  'tried-on': [{ fact: 'tried-on', within: '4:30' }],
  'hosts-unknown': [{ fact: 'hosts-unknown', hosts: ['web-1', 'db-1'] }],
  'nothing-contained': [
    { fact: 'nothing-contained', refused: 3 },
    { fact: 'nothing-contained', refused: 0 },
  ],
  'not-isolated': [{ fact: 'not-isolated', hosts: ['web-1', 'db-1'] }],
  'needs-approval': [
    { fact: 'needs-approval', acts: acts.slice(0, 1), more: 0 },
    { fact: 'needs-approval', acts: acts.slice(0, 5), more: 35 },
  ],
  'approve-within': [{ fact: 'approve-within', within: '2:00' }],
  'reject-by': [{ fact: 'reject-by', command: 'firebreak reject INC-20261120-7F3K --plan 6e25d220d0ff' }],
  'forced-isolation-needs-approval': [{ fact: 'forced-isolation-needs-approval', host, within: '1:00' }],
  'not-done': (['left-to-people', 'nobody-approved', 'not-approved'] as const).map((why) => ({
    fact: 'not-done',
    act: acts[0]!,
    why,
  })),
  'volatile-not-captured': failedOnHost('volatile-not-captured'),
  'absence-not-recorded': [
    { fact: 'absence-not-recorded', host, source: 'logs' },
    { fact: 'absence-not-recorded', host, source: 'volatile' },
  ],
  'not-prepared': failedOnHost('not-prepared'),
  'not-staged': failedOnHost('not-staged'),
  'state-not-read': failedOnHost('state-not-read'),
  'act-failed': acts.map((one) => ({ fact: 'act-failed', act: one, fault })),
  'access-control-failed': failedOnHost('access-control-failed'),
  'uid-shared': [{ fact: 'uid-shared', host, account: 'deploy1', others: ['appadmin'] }],
  'forced-isolation-next': [{ fact: 'forced-isolation-next', host, code: 'HOST_UNREACHABLE' }],
  'not-forced': [
    { fact: 'not-forced', host, why: 'drill' },
    { fact: 'not-forced', host, why: 'taken-over' },
  ],
  'controls-hold': [{ fact: 'controls-hold', host }],
  'not-contained': [
    { fact: 'not-contained', host, why: 'must-stay-up' },
    { fact: 'not-contained', host, why: 'not-approved' },
    { fact: 'not-contained', host, why: fault },
  ],
  'state-worse': [{ fact: 'state-worse' }],
  'host-failed': [
    ...failedOnHost('host-failed'),
    ...([...(Object.keys(ERRORS) as ErrorCode[]), 'CANCELLED'] as const).map((code) => ({
      fact: 'host-failed' as const,
      host,
      fault: { code },
    })),
    { fact: 'host-failed', host, fault: { code: 'SHARE_USED_UP', limit: '4:00' } },
    {
      fact: 'host-failed',
      host,
      fault: {
        code: 'VERIFY_FAILED',
        targets: [
          {
            target: 'deploy1',
            outcome: 'failed',
            why: ['not-locked', 'processes-alive'],
            detail: 'not for Japanese',
            also: SAMPLE_REMARKS['first-file'],
          },
          { target: '192.0.2.7', outcome: 'unknown', detail: DETAIL },
        ],
        more: 3,
      },
    },
  ],
  'log-collection-failed': failedOnHost('log-collection-failed'),
  'alternative-under-way': [{ fact: 'alternative-under-way' }],
  'host-still-loaded': [{ fact: 'host-still-loaded', host, percent: 97 }],
  'worker-loaded': [{ fact: 'worker-loaded', worker: 'gw-1', percent: 97, atOnce: 2 }],
  'no-logs': failedOnHost('no-logs'),
  'bag-not-sealed': failed('bag-not-sealed'),
  'no-supplement': failed('no-supplement'),
  'not-in-tables': failed('not-in-tables'),
  'ledger-unreachable': failed('ledger-unreachable'),
  'report-not-written': (['completion', 'closing', 'overview'] as const).map((report) => ({
    fact: 'report-not-written',
    report,
    fault,
  })),
  'overview-written': [{ fact: 'overview-written', others: ['INC-20261120-8G4M'] }],
  outcome: OUTCOMES.map((outcome) => ({ fact: 'outcome', outcome })),
  'next-people': [{ fact: 'next-people', people: ['alice', 'bob'] }],
  late: [
    { fact: 'late', box: 'seal the evidence', left: '1:00', forResponse: '20:00' },
    ...PLAIN_BOXES.map((box) => ({ fact: 'late' as const, box, host, left: '1:00', forResponse: '20:00' })),
    { fact: 'late', box: 'forced isolation of web-1', host, left: '1:00', forResponse: '20:00' },
  ],
  stopped: [
    { fact: 'stopped', why: 'deadline' },
    { fact: 'stopped', why: 'cancelled' },
  ],
  'stopped-during': [
    { fact: 'stopped-during', why: 'deadline', boxes: [] },
    { fact: 'stopped-during', why: 'cancelled', boxes: ['seal the evidence', 'forced isolation of web-1'] },
  ],
  'hand-over-incomplete': failed('hand-over-incomplete'),
  'failed-twice': [{ fact: 'failed-twice', fault: { code: 'UNEXPECTED', detail: 'TypeError: x is not a function' } }],
  'sealed-and-reported': [{ fact: 'sealed-and-reported' }],
  'cannot-respond': [{ fact: 'cannot-respond' }],
  'incident-cancelled': [{ fact: 'incident-cancelled' }],
  unacknowledged: [{ fact: 'unacknowledged', for: '5:00' }],
  ended: [
    { fact: 'ended', how: 'release', by: 'alice' },
    { fact: 'ended', how: 'stand-down', by: 'alice' },
  ],
  'not-undone': [{ fact: 'not-undone', host, kind: 'forced-isolation', fault }],
  'expired-not-undone': [{ fact: 'expired-not-undone', host, kind: 'block-sources', fault }],
  'in-force-unknown': failed('in-force-unknown'),
  'act-half-done': [{ fact: 'act-half-done', host, kind: 'block-sources', until: '2026-11-20T04:00:00.000Z' }],
  'undo-by': [{ fact: 'undo-by', command: 'firebreak release INC-20261120-7F3K' }],
  'if-machine-gone': [{ fact: 'if-machine-gone', host, command: 'firebreak release INC-20261120-7F3K --gone web-1' }],
  'given-up': [{ fact: 'given-up', hosts: ['web-1', 'db-1'], by: 'alice' }],
  'order-again': [{ fact: 'order-again', command: 'firebreak release INC-20261120-7F3K' }],
  'bound-reached': [{ fact: 'bound-reached', code: 'TOO_MANY_OPEN', by: 'alice' }],
  'start-unauthorised': [{ fact: 'start-unauthorised', code: 'GRANT_UNKNOWN', by: 'alice' }],
  'order-unauthorised': [
    { fact: 'order-unauthorised', action: 'release', code: 'GRANT_UNKNOWN', by: 'alice' },
    { fact: 'order-unauthorised', action: 'approve', code: 'GRANT_UNKNOWN' },
    { fact: 'order-unauthorised', action: 'no-such-order', code: 'GRANT_UNKNOWN' },
  ],
  'act-unauthorised': [{ fact: 'act-unauthorised', act: 'web-1', code: 'GRANT_UNKNOWN' }],
  'response-unauthorised': failed('response-unauthorised'),
  'watch-not-started': [{ fact: 'watch-not-started' }],
  'watch-restarted': [{ fact: 'watch-restarted' }],
  'controls-lost': [{ fact: 'controls-lost', lost: 3, restored: 2 }],
  'control-unheld': [
    { fact: 'control-unheld', host, kind: 'forced-isolation', problem: 'lost-again' },
    { fact: 'control-unheld', host, kind: 'block-sources', problem: 'unreadable' },
    {
      fact: 'control-unheld',
      host,
      kind: 'disable-account',
      problem: 'another-machine',
      fault: { code: 'MACHINE_CHANGED' },
    },
    { fact: 'control-unheld', host, kind: 'isolate-host', problem: 'not-looked-at', fault: { code: 'VERIFY_FAILED' } },
    {
      fact: 'control-unheld',
      host,
      kind: 'isolate-host',
      problem: 'not-put-back',
      fault: { code: 'HOST_UNREACHABLE' },
    },
  ],
  'hosts-unwatched': [{ fact: 'hosts-unwatched', hosts: ['web-1', 'db-1'] }],
  'control-lost': [{ fact: 'control-lost', host, target: '192.0.2.7' }],
  'propose-isolation': [{ fact: 'propose-isolation', host, sessions: 2 }],
  'propose-look': [{ fact: 'propose-look', host, listener: 'tcp/4444' }],
  'propose-upstream': [{ fact: 'propose-upstream', host, perMinute: 4_200 }],
  'propose-reassert': [{ fact: 'propose-reassert', host, controls: 3 }],
  'not-reached': [{ fact: 'not-reached', notice: 'start', people: ['alice', 'bob'] }],
  'told-by-call': NOTICE_KINDS.map((notice) => ({ fact: 'told-by-call', notice }) as const),
  'means-failed': [{ fact: 'means-failed', notice: 'start', means: ['voice', 'sms', 'mail', 'slack'] }],
};
