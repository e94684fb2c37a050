import { sealedEvent } from '../../activities/act-events';
import { doubtfulActs } from '../../activities/doubtful-acts';
import type { GuardedDeps } from '../../activities/guarded';
import type { ErrorCode } from '../../src/domain/errors';
import type { AuditEvent } from '../../src/domain/ledger';
import type { IncidentId } from '../../src/domain/ids';
import { sampleResult } from '../support/incident-samples';
import { sealedPlan, workerSeals } from '../support/worker-seals';

const INCIDENT = 'INC-20261120-7F3K' as IncidentId;
const BLOCK = `${INCIDENT}:block-sources:web-1`;
const WATCH = `${INCIDENT}:heighten-monitoring:web-1`;
const FORCED = `${INCIDENT}:forced-isolation:web-1`;
const EXPIRES = '2026-11-20T04:00:00.000Z';

type Event = { readonly action: string; readonly stage: string; readonly subject: string; readonly result?: string };
const intent = (subject: string): Event => ({ action: 'perform', stage: 'intent', subject });
const result = (subject: string, code: ErrorCode | 'done', action = 'perform'): Event => ({
  action,
  stage: 'result',
  subject,
  result: code,
});

interface Asked {
  readonly known?: readonly string[];
  readonly drill?: boolean;
  /** Acts whose results and controls are in the tables. */
  readonly recorded?: readonly string[];
  /** Events that no worker has sealed. */
  readonly forged?: readonly Event[];
}

async function ask(
  events: readonly Event[],
  { known = [], drill = false, recorded = [], forged = [] }: Asked = {},
): Promise<string[]> {
  const seals = workerSeals();
  const deps = {
    incidents: {
      find: () => Promise.resolve({ planHash: 'hash', order: { drill, declaredAt: '2026-11-20T03:00:00.000Z' } }),
    },
    plans: {
      load: () =>
        sealedPlan(
          seals,
          {
            actions: [
              { id: BLOCK, kind: 'block-sources', host: 'web-1', expiresAt: EXPIRES },
              { id: WATCH, kind: 'heighten-monitoring', host: 'web-1', expiresAt: EXPIRES },
            ],
          },
          { incident: INCIDENT, planHash: 'hash', grantId: 'grant', documentSha256: '' },
        ),
    },
    seals,
    ledger: {
      events: () =>
        Promise.all(
          events.map((event, place) => {
            const whole = { key: `act:${place}`, at: '2026-11-20T03:00:09.000Z', ...event } as AuditEvent;
            return forged.includes(event) ? Promise.resolve(whole) : sealedEvent({ seals }, whole);
          }),
        ),
    },
    responses: {
      results: () => Promise.resolve(recorded.map((id) => sampleResult({ id, kind: 'block-sources', host: 'web-1' }))),
    },
  } as unknown as Pick<GuardedDeps, 'incidents' | 'plans' | 'seals' | 'ledger' | 'responses'>;
  return (await doubtfulActs(deps, INCIDENT, new Set(known))).map((item) => item.actionId);
}

describe('doubtfulActs', () => {
  test('B5 an act whose link was lost is undone by a release, though no control is listed for it', async () => {
    expect(await ask([intent(WATCH), result(WATCH, 'HOST_UNREACHABLE')])).toEqual([WATCH]);
  });

  test('B10 an act whose worker died without a word is undone by a release', async () => {
    expect(await ask([intent(BLOCK)])).toEqual([BLOCK]);
  });

  test('B5 newest first, forced isolation before all', async () => {
    expect(await ask([intent(BLOCK), intent(WATCH), intent(FORCED)])).toEqual([FORCED, WATCH, BLOCK]);
  });

  test.each<ErrorCode>(['HOST_KEY_CHANGED', 'HOST_AUTH_REFUSED', 'SUDO_REFUSED'])(
    'B5 %s is certain to have done nothing',
    async (code) => {
      expect(await ask([intent(BLOCK), result(BLOCK, code)])).toEqual([]);
    },
  );

  test('B5 C11 not when something was begun: the act went over a connection that was older than the new key', async () => {
    const failed = { ...result(BLOCK, 'HOST_KEY_CHANGED'), detail: { begun: true } };
    expect(await ask([intent(BLOCK), failed])).toEqual([BLOCK]);
  });

  test('B5 one certain failure does not settle an attempt whose end is unknown', async () => {
    expect(await ask([intent(BLOCK), intent(BLOCK), result(BLOCK, 'SUDO_REFUSED')])).toEqual([BLOCK]);
  });

  test('B5 what has a control, or was ended, or undone, is not doubtful', async () => {
    expect(await ask([intent(BLOCK)], { known: [BLOCK] })).toEqual([]);
    expect(await ask([intent(BLOCK), intent(BLOCK), result(BLOCK, 'done')], { recorded: [BLOCK] })).toEqual([]);
    expect(await ask([intent(BLOCK), result(BLOCK, 'HOST_TIMEOUT'), result(BLOCK, 'done', 'undo')])).toEqual([]);
  });

  test('B5 an act that ended well without a row of results, and so without a control, is undone by a release', async () => {
    expect(await ask([intent(BLOCK), result(BLOCK, 'done')], { recorded: [WATCH] })).toEqual([BLOCK]);
  });

  test('H1 an event that no worker has sealed hides no act, and may only name one more to undo', async () => {
    for (const hiding of [result(BLOCK, 'done', 'undo'), result(BLOCK, 'SUDO_REFUSED')])
      expect(await ask([intent(BLOCK), hiding], { forged: [hiding] })).toEqual([BLOCK]);
    const begun = intent(BLOCK);
    expect(await ask([begun], { forged: [begun] })).toEqual([BLOCK]);
  });

  test('U1 a drill has done nothing to undo', async () => {
    expect(await ask([intent(BLOCK)], { drill: true })).toEqual([]);
  });
});
