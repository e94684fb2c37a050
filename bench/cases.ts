import { STOLEN_ACCOUNT } from '../demo/scenario';
import type { KnownType } from '../src/domain/policy';
import { DEFAULT_POLICY, policyCells } from '../src/domain/policy';
import type { ResponseMode, Severity } from '../src/domain/words';
import type { Random } from './random';

/** The network that the hosts of the bench lie in, behind their gateway. */
export const SEGMENT_NAME = 'floor';

/** What one run asks for. */
export interface Case {
  readonly type: KnownType;
  readonly severity: Severity;
  readonly mode: ResponseMode;
  /** A detector’s order lets nobody in, so only a person’s plans emergency access (H6). */
  readonly by: 'detector' | 'operator';
  /** Names an account: one that is on the host and works there, or one that no host has. */
  readonly account: string | undefined;
  readonly namesSegment: boolean;
}

const UNKNOWN_ACCOUNT = 'nobody-here';
/** The one that is attacked is named most often. */
const ACCOUNTS = [STOLEN_ACCOUNT, STOLEN_ACCOUNT, STOLEN_ACCOUNT, UNKNOWN_ACCOUNT, undefined];
/** Decisive for its type, so that the stated type stands. */
const INDICATORS: Readonly<Record<KnownType, readonly { readonly kind: string; readonly value: string }[]>> = {
  intrusion: [
    { kind: 'failed-logins', value: 'sshd' },
    { kind: 'login-success-after-failures', value: STOLEN_ACCOUNT },
  ],
  malware: [{ kind: 'malicious-process', value: 'miner' }],
  ddos: [{ kind: 'request-flood', value: 'responder' }],
};

/** Every cell of the policy table comes up once before any comes up twice. */
export function* cases(random: Random): Generator<Case, never> {
  for (;;)
    for (const { type, severity, mode } of random.shuffled(policyCells(DEFAULT_POLICY)))
      yield {
        type,
        severity,
        mode,
        by: random.pick(['detector', 'operator'] as const),
        account: ACCOUNTS[random.upTo(ACCOUNTS.length)],
        namesSegment: random.upTo(3) === 0,
      };
}

/** The report of the incident. */
export function documentOf(
  { type, account, namesSegment }: Case,
  on: { readonly title: string; readonly hosts: readonly string[]; readonly sources: readonly string[] },
): Record<string, unknown> {
  const [host] = on.hosts;
  return {
    title: on.title,
    confidence: 0.95,
    hosts: on.hosts,
    sources: on.sources,
    accounts: account === undefined ? [] : [{ name: account, host }],
    segments: namesSegment ? [SEGMENT_NAME] : [],
    indicators: INDICATORS[type].map((one) => ({ ...one, count: 5 })),
  };
}

export function caseInWords({ type, severity, mode, by, account, namesSegment }: Case): string {
  const named = [account, namesSegment ? SEGMENT_NAME : undefined].filter((name) => name !== undefined);
  return [severity, type, mode, `by ${by}`, ...named].join(' ');
}
