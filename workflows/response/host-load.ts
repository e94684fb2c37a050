import { patched } from '@temporalio/workflow';
import type { Collected } from '../../activities';
import type { Fact } from '../../src/domain/fact';
import { HOST_LOAD_LIMIT, LOADED_COLLECTIONS } from '../../src/domain/numbers';
import type { SecurityReading } from '../../src/domain/security-state';
import type { ResponseRun } from './run';

/** Mark in histories: the load is looked at more than once, and people are told. */
export const WATCHES_LOAD = 'watches-load';

/**
 * Takes note of how loaded a host is, at each look (B13): above the limit people are told and its logs come after those of the other
 * hosts, until a look finds it below.
 * @param isFirst the look before containment
 */
export function noteLoad(run: ResponseRun, { host, load }: SecurityReading, isFirst = false): void {
  // A host that does not say keeps what it was known by.
  if (load === null) return;
  const isLoaded = load > HOST_LOAD_LIMIT;
  if (isLoaded === run.loaded.has(host)) return;
  const watches = patched(WATCHES_LOAD);
  if (!watches && !isFirst) return;
  if (isLoaded) {
    run.loaded.add(host);
    const fact = { fact: 'host-loaded', host, percent: percent(load) } as const;
    keep(run, `load:${host}`, fact);
    if (watches) run.tell('delay', `delay-load-${host}`, { facts: [fact] });
  } else {
    run.loaded.delete(host);
    keep(run, `load-below:${host}`, { fact: 'host-load-below', host, percent: percent(load) });
  }
}

/** The worker that collected runs on a loaded machine: it did less at once (B13). */
export function noteWorkerLoad(run: ResponseRun, { worker, workerLoad }: Collected): void {
  if (worker === undefined || workerLoad === undefined) return;
  const fact = { fact: 'worker-loaded', worker, percent: percent(workerLoad), atOnce: LOADED_COLLECTIONS } as const;
  keep(run, `load:worker:${worker}`, fact);
  run.tell('delay', `delay-load-worker-${worker}`, { facts: [fact] });
}

function keep(run: ResponseRun, key: string, fact: Fact): void {
  const at = new Date().toISOString();
  run.lines.recorder.keep({ key, entry: { at, phase: run.phase, kind: 'step', fact } });
}

function percent(load: number): number {
  return Math.round(100 * load);
}
