import { availableParallelism, hostname, loadavg } from 'node:os';
import type { OwnMachine } from '../ports/own-machine';

export const OWN_MACHINE: OwnMachine = {
  name: hostname(),
  load: () => (loadavg()[0] ?? 0) / Math.max(1, availableParallelism()),
};
