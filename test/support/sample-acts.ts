import type { Act } from '../../src/domain/fact';

const host = 'web-1';
const act = (some: Omit<Act, 'targets'>): Act => ({ targets: 1, ...some });
/** Acts of every kind, as a plan is told. */
export const SAMPLE_ACTS: Readonly<Record<Act['kind'], readonly Act[]>> = {
  'block-sources': [
    { kind: 'block-sources', host, targets: 1_000, words: 'web-1: block 1000 sources' },
    { kind: 'block-sources', host, targets: 7, bothWays: true, words: 'web-1: block 7 sources, both directions' },
  ],
  'disable-account': [
    act({
      kind: 'disable-account',
      host,
      target: 'deploy1',
      words: 'web-1: disable account deploy1, end its sessions',
    }),
    act({ kind: 'disable-account', host, words: 'web-1: disable account deploy1, end its sessions' }),
  ],
  'isolate-host': [act({ kind: 'isolate-host', host, words: 'web-1: isolate, management stays open' })],
  'isolate-segment': [
    act({ kind: 'isolate-segment', host: 'gw-1', target: 'dmz', words: 'gw-1: isolate segment dmz' }),
  ],
  'emergency-access': [
    act({ kind: 'emergency-access', host, target: 'deploy1', words: 'web-1: emergency access deploy1' }),
  ],
  'heighten-monitoring': [act({ kind: 'heighten-monitoring', host, words: 'web-1: heighten monitoring' })],
};
