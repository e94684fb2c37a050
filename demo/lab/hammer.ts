import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { LabError } from './lab-error';
import { collect, spawnTraffic } from './traffic-program';
import type { Hammer, HammerCounts, HammerRequest } from './types';

/**
 * Starts steady traffic. It ends with {@link Hammer.stop}, and also when this process dies: its standard input ends then.
 *
 * @throws LabError `LAB_COMMAND_FAILED` when it does not get going.
 */
export async function startHammer(labId: string, request: HammerRequest): Promise<Hammer> {
  const child = spawnTraffic(labId, 'hammer', { protocol: 'tcp', ...request });
  const stderr = collect(child.stderr);
  const lines = createInterface({ input: child.stdout });
  let counts: HammerCounts = { sent: 0, answered: 0 };
  lines.on('line', (line) => (counts = JSON.parse(line) as HammerCounts));

  const closed = once(child, 'close');
  const underWay = await Promise.race([once(lines, 'line').then(() => true), closed.then(() => false)]);
  if (!underWay) throw new LabError('LAB_COMMAND_FAILED', `The traffic program ended at once: ${stderr().trim()}`);
  return {
    counts: () => counts,
    stop: async () => {
      child.stdin.end();
      await closed;
      return counts;
    },
  };
}
