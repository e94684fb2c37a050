import { rememberPlans } from '../../../src/composition/remember-plans';
import type { IncidentId } from '../../../src/domain/ids';
import type { ResponsePlan } from '../../../src/domain/plan';
import type { StoredPlan } from '../../../src/ports/repositories';

const INCIDENT = 'INC-20261120-7F3K' as IncidentId;
const plan = (planHash: string, incident = INCIDENT): ResponsePlan => ({
  incident,
  type: 'intrusion',
  severity: 'high',
  mode: 'block',
  actions: [],
  refused: [],
  drift: [],
  deviations: [],
  planHash,
});

function store() {
  const saved: StoredPlan[] = [];
  const state = { down: false, loads: 0 };
  const plans = rememberPlans({
    save: (plan, seal) => {
      if (state.down) return Promise.reject(new Error('down'));
      saved.push({ plan, seal });
      return Promise.resolve();
    },
    load: (incident, hash) => {
      state.loads += 1;
      const found = saved.find((one) => one.plan.incident === incident && one.plan.planHash === hash);
      return state.down || found === undefined ? Promise.reject(new Error('down')) : Promise.resolve(found);
    },
  });
  return { plans, state };
}

describe('L1 plans in memory', () => {
  test('a plan that was stored is there while PostgreSQL is away', async () => {
    const { plans, state } = store();
    await plans.save(plan('a'), 'seal');
    state.down = true;
    expect(await plans.load(INCIDENT, 'a')).toEqual({ plan: plan('a'), seal: 'seal' });
    await expect(plans.load(INCIDENT, 'b')).rejects.toThrow('down');
  });

  test('a plan that could not be stored is not kept', async () => {
    const { plans, state } = store();
    state.down = true;
    await expect(plans.save(plan('a'), 'seal')).rejects.toThrow('down');
    await expect(plans.load(INCIDENT, 'a')).rejects.toThrow('down');
  });

  test('a hash is never taken for another incident’s plan', async () => {
    const { plans } = store();
    await plans.save(plan('a', 'INC-20261120-AAAA' as IncidentId), 'seal');
    await expect(plans.load(INCIDENT, 'a')).rejects.toThrow('down');
  });

  test('memory is bounded: the oldest of 65 is asked for again', async () => {
    const { plans, state } = store();
    for (let n = 0; n < 65; n += 1) await plans.save(plan(`hash-${n}`), 'seal');
    await plans.load(INCIDENT, 'hash-64');
    expect(state.loads).toBe(0);
    await plans.load(INCIDENT, 'hash-0');
    expect(state.loads).toBe(1);
  });
});
