import {
  CHAIN_FAULTS,
  NO_COLLECTION,
  REPLY_BOUNDS,
  REPLY_FAULTS,
  SIGNING_KEY,
  UNAUTHORISED,
  UNUSABLE,
  type Cause,
  type CauseKind,
} from '../../src/domain/cause';

/** Words of others: quotations in every language. */
export const CAUSE_SAID = 'Permission denied by the library';
/** Names in the causes below that no language changes. */
export const CAUSE_NAMES = [
  'web-1 (192.0.2.7)',
  'SHA256:old (ssh-ed25519)',
  'SHA256:new (ssh-ed25519)',
  'SHA256:old',
  '/security/keys/evidence',
  '/security/forensics',
  'evidence.publicKey',
  'serviceAddresses',
  'PLANPLAN',
  'journald',
  'OpenSSH',
  'Ed25519',
  'BASE64',
  'carol',
  'sshd',
];

const host = 'web-1';
const where = 'web-1 (192.0.2.7)';
const words = CAUSE_SAID;
const key = 'SHA256:old (ssh-ed25519)';
const path = '/security/forensics';
const incident = 'INC-20261120-7F3K';
const bag = incident;
const plan = 'PLANPLAN';
const two = { requester: 'alice', approver: 'bob' };
const machine = { hostKey: 'SHA256:old', id: '0123456789ab' };

/** Every kind of cause, in each of its shapes. */
export const SAMPLE_CAUSES: { readonly [K in CauseKind]: readonly Cause<K>[] } = {
  'no-answer-from': [{ cause: 'no-answer-from', where }],
  'not-connected': [
    { cause: 'not-connected', where, words },
    { cause: 'not-connected', where, words, says: words },
  ],
  'login-closed': [
    { cause: 'login-closed', where },
    { cause: 'login-closed', where, words, says: words },
  ],
  'login-dropped': [
    { cause: 'login-dropped', where },
    { cause: 'login-dropped', where, says: words },
  ],
  'no-session': [{ cause: 'no-session', host, words }],
  'no-host-key': [{ cause: 'no-host-key', where }],
  'no-end-after': [{ cause: 'no-end-after', seconds: 30 }],
  'turned-away': [
    { cause: 'turned-away', host, seconds: 30 },
    { cause: 'turned-away', host, seconds: 30, drops: true, words },
  ],
  'called-off': [{ cause: 'called-off' }],
  'shutting-down': [{ cause: 'shutting-down' }],
  'shows-key': [
    { cause: 'shows-key', where, key },
    { cause: 'shows-key', where, key, pinned: 'SHA256:new (ssh-ed25519)' },
  ],
  'pinned-key-unusable': [{ cause: 'pinned-key-unusable', host }],
  'own-key-unusable': [
    { cause: 'own-key-unusable', file: '/security/keys/evidence', why: 'unreadable' },
    { cause: 'own-key-unusable', file: '/security/keys/evidence', why: 'passphrase' },
  ],
  'no-usable-answer': [{ cause: 'no-usable-answer', host, seconds: 30 }],
  'workers-ended': [{ cause: 'workers-ended', host, minutes: 5 }],
  'reply-faulty': REPLY_FAULTS.map((why) => ({ cause: 'reply-faulty', why, key: 'outcome' })),
  'reply-too-much': REPLY_BOUNDS.flatMap((what) => [
    { cause: 'reply-too-much', what, most: 1_024, host } as const,
    { cause: 'reply-too-much', what, most: 1_024 } as const,
  ]),
  'gate-silent': [
    { cause: 'gate-silent', exit: 1 },
    { cause: 'gate-silent', exit: 1, stdout: words, stderr: words },
  ],
  'program-said': [
    { cause: 'program-said', exit: 1 },
    { cause: 'program-said', exit: 1, words },
  ],
  unusable: UNUSABLE.flatMap((what) => [
    { cause: 'unusable', what } as const,
    { cause: 'unusable', what, value: words } as const,
  ]),
  'armed-unconfirmed': [
    { cause: 'armed-unconfirmed', host },
    { cause: 'armed-unconfirmed', host, seconds: 120 },
  ],
  'no-rung-holds': [{ cause: 'no-rung-holds', host }],
  'machine-differs': [
    { cause: 'machine-differs', where, recorded: machine, found: { hostKey: 'SHA256:old' }, journal: false },
    { cause: 'machine-differs', where, found: machine, journal: true },
  ],
  'gateway-gone': [{ cause: 'gateway-gone', host, key: 'SHA256:old' }],
  'collection-broke': [
    { cause: 'collection-broke', host, exit: 1 },
    { cause: 'collection-broke', host, exit: 1, words },
  ],
  'no-collection': NO_COLLECTION.flatMap((why) => [
    { cause: 'no-collection', host, why } as const,
    { cause: 'no-collection', host, why, word: words } as const,
  ]),
  'journal-empty': [{ cause: 'journal-empty', host, since: '2026-11-20T03:00:00.000Z' }],
  'ladder-empty': [{ cause: 'ladder-empty', host }],
  'sent-too-much': [
    { cause: 'sent-too-much', host, bytes: 1_024 },
    { cause: 'sent-too-much', host, bytes: 1_024, name: 'tcp/4444' },
  ],
  'source-unknown': [{ cause: 'source-unknown', host, name: 'tcp/4444' }],
  'source-again': [{ cause: 'source-again', host, name: 'tcp/4444' }],
  'reading-broke': [{ cause: 'reading-broke', host }],
  'reading-packed': [{ cause: 'reading-packed', host }],
  'packing-broken': [{ cause: 'packing-broken', code: 'HOST_TIMEOUT' }],
  'chain-broken': CHAIN_FAULTS.flatMap((why) => [
    { cause: 'chain-broken', path, why } as const,
    { cause: 'chain-broken', path, why, line: 7 } as const,
  ]),
  'record-too-large': [{ cause: 'record-too-large', path, type: 'dmz', bytes: 1_024 }],
  'not-a-directory': [{ cause: 'not-a-directory', path }],
  'bag-replaced': [{ cause: 'bag-replaced' }],
  'signing-key': SIGNING_KEY.map((why) => {
    const named = why === 'vkey' || why === 'not-a-worker' ? {} : { file: '/security/keys/evidence' };
    return { cause: 'signing-key', why, ...named };
  }),
  'record-without-file': [{ cause: 'record-without-file', seq: 7 }],
  'seal-without': [{ cause: 'seal-without', field: 'signer' }],
  'report-unwritten': [{ cause: 'report-unwritten', path }],
  'document-differs': [
    { cause: 'document-differs', incident, from: 'order' },
    { cause: 'document-differs', incident, from: 'hash' },
  ],
  'bag-absent': [{ cause: 'bag-absent', bag }],
  'bag-of-other-document': [{ cause: 'bag-of-other-document', bag }],
  'bag-unsealed': [{ cause: 'bag-unsealed', bag }],
  'bag-being-filled': [{ cause: 'bag-being-filled', bag }],
  'bag-does-not-stand': [{ cause: 'bag-does-not-stand', bag, verdict: 'BROKEN', faults: 2 }],
  'evidence-of-open': [{ cause: 'evidence-of-open', incident }],
  'evidence-kept': [{ cause: 'evidence-kept', incident, until: '2027-12-31T00:00:00.000Z' }],
  'evidence-disposed': [{ cause: 'evidence-disposed', at: '2027-12-31T00:00:00.000Z', by: 'alice' }],
  'plan-absent': [{ cause: 'plan-absent', incident, plan }],
  'plan-hash-differs': [{ cause: 'plan-hash-differs', incident, plan, actual: '6e25d220d0ff' }],
  'act-not-in-plan': [{ cause: 'act-not-in-plan', act: incident, plan }],
  'not-assessed-yet': [{ cause: 'not-assessed-yet' }],
  'joined-incident': [{ cause: 'joined-incident', incident }],
  'begin-at-once': [{ cause: 'begin-at-once', by: 'alice' }],
  'open-count': (['people', 'detectors', { operator: 'alice' }] as const).flatMap((whose) => [
    { cause: 'open-count', open: 7, whose, named: [incident], more: 6 } as const,
    { cause: 'open-count', open: 1, whose, named: [incident], more: 0 } as const,
  ]),
  'channel-limit': [{ cause: 'channel-limit', most: 3, person: 'alice', channel: 'SMS' }],
  'channel-unset': [{ cause: 'channel-unset', person: 'alice', channel: 'SMS' }],
  'no-start-order': [{ cause: 'no-start-order', use: incident }],
  unauthorised: UNAUTHORISED.map((why) => ({ cause: 'unauthorised', why, name: incident })),
  'signed-by-other': [
    { cause: 'signed-by-other', signed: 'bob' },
    { cause: 'signed-by-other', signed: 'bob', declared: 'alice' },
  ],
  'declared-otherwise': [{ cause: 'declared-otherwise', incident }],
  'own-request': [{ cause: 'own-request' }],
  'requester-enrolled': [{ cause: 'requester-enrolled', ...two }],
  'approver-enrolled': [{ cause: 'approver-enrolled', ...two }],
  'enrolled-both': [{ cause: 'enrolled-both', by: 'carol', ...two }],
};
