import { playBranch } from '../support/branch-scenarios';
import { isTaskFault } from '../support/history-rules';
import { useWorld } from '../support/use-world';

const world = useWorld({ maxCachedWorkflows: 0 });

// Every workflow task begins with a replay of all that went before: what is not deterministic, or is kept outside of history, fails.
test.each(['normal-isolate', 'approval-given', 'control-failed-forced-isolation', 'release'] as const)(
  'B10 %s in a worker that remembers nothing',
  async (branch) => {
    const { order } = await playBranch(world(), branch);
    const { outcome } = await world().responseOf(order);
    expect(outcome).toMatch(/^contained/);
    const log = await world().responseLog(order);
    expect(log.filter(isTaskFault)).toEqual([]);
  },
);
