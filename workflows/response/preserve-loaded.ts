import { condition, patched } from '@temporalio/workflow';
import { LOADED_HOST_LEAST_MS, LOADED_HOSTS_WAIT } from '../../src/domain/numbers';
import { readings } from '../lib/activities';
import { minutes } from '../lib/deadline';
import { codeOf } from '../lib/failure';
import { sideBySide } from '../lib/side-by-side';
import { noteLoad, WATCHES_LOAD } from './host-load';
import { inShare } from './in-share';
import type { ResponseRun } from './run';

/** A look that takes longer is given up: the host then counts as it did. */
const LOOK_MS = 5_000;

/**
 * Hosts under high load: after the others, or when a third of the share is over, and one after another (B13). Before each turn they are
 * looked at again; those that are below the limit now are collected at once. So many go side by side that each has half a minute.
 *
 * @param preserve the collection from one host, in so many milliseconds at most; false when the host gave nothing
 * @returns the hosts that gave nothing
 */
export async function preserveLoaded(
  run: ResponseRun,
  hosts: readonly string[],
  othersAreDone: () => boolean,
  preserve: (host: string, atMostMs: number) => Promise<boolean>,
): Promise<string[]> {
  if (hosts.length === 0) return [];
  const watches = patched(WATCHES_LOAD);
  const share = run.accounts.share('logs');
  const wait = watches ? Math.floor(share * LOADED_HOSTS_WAIT) : 0;
  if (watches && !othersAreDone())
    await condition(othersAreDone, wait, {
      summary: `hosts under high load wait for the others, at most ${minutes(wait)}`,
    });
  const atOnce = watches ? Math.ceil((hosts.length * LOADED_HOST_LEAST_MS) / Math.max(1, share - wait)) : 1;
  const atMostMs = Math.floor((share - wait) / Math.ceil(hosts.length / atOnce));
  const lost: string[] = [];
  for (let left = hosts; left.length > 0;) {
    if (watches) await lookAgain(run, left);
    const below = left.filter((host) => watches && !run.loaded.has(host));
    const next = below.length > 0 ? below : left.slice(0, atOnce);
    const gave = await sideBySide(next, (host) => preserve(host, watches ? atMostMs - LOOK_MS : atMostMs));
    lost.push(...next.filter((_, place) => gave[place] === false));
    left = left.filter((host) => !next.includes(host));
  }
  return lost;
}

async function lookAgain(run: ResponseRun, hosts: readonly string[]): Promise<void> {
  await sideBySide(hosts, async (host) => {
    const share = { share: 'logs', box: 'collect and preserve logs', host, atMostMs: LOOK_MS } as const;
    try {
      const look = { ...run.onBehalf, host, stage: 'watch' } as const;
      noteLoad(
        run,
        await inShare(run, share, () => readings.takeReading(`${host}: is it still under high load?`, look)),
      );
    } catch (thrown) {
      if (codeOf(thrown) === 'CANCELLED') throw thrown;
    }
  });
}
