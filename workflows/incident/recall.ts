import type { RecalledResponse } from '../../activities';
import type { Recorded } from '../../src/domain/fact';
import { flow } from '../lib/activities';
import { faultOf } from '../lib/failure';
import type { CarriedOver } from '../messages';
import type { Desk } from './desk';

const NOTHING: RecalledResponse = {
  assessment: null,
  plan: null,
  results: [],
  readingsBefore: [],
  preserved: { volatile: [], logs: [] },
  bag: null,
  report: null,
};

/**
 * What a failed response has done is read back from where it is stored: signals told the desk of it, and anybody can send those
 * (B15). Only words for people are taken from them. What is not on record is done again; acts are idempotent (C5).
 *
 * @returns what the desk goes by from here on
 */
export async function recall(desk: Desk): Promise<CarriedOver> {
  const { carried } = desk;
  let recalled = NOTHING;
  const failures: Recorded[] = [...(carried?.failures ?? [])];
  try {
    recalled = await flow.recallResponse('read back what the failed response has done', desk.onBehalf);
  } catch (thrown) {
    failures.push({ fact: 'not-read-back', fault: faultOf(thrown) });
  }
  const onRecord = carriedOver(carried, recalled, failures);
  desk.carried = onRecord;
  return onRecord;
}

function carriedOver(
  heard: CarriedOver | null,
  recalled: RecalledResponse,
  failures: readonly Recorded[],
): CarriedOver {
  const { results, preserved } = recalled;
  const forced = results.flatMap((result) => (result.kind === 'forced-isolation' ? [result.host] : []));
  const both = (known: readonly string[], said: readonly string[] | undefined): readonly string[] =>
    known.filter((host) => said?.includes(host));
  return {
    ...recalled,
    unrecorded: heard?.unrecorded ?? [],
    ...(heard?.firstFailures === undefined ? {} : { firstFailures: heard.firstFailures }),
    failures,
    nextSteps: heard?.nextSteps ?? [],
    abnormal: heard?.abnormal ?? 'none',
    // Access control is tried again on every other host before force is used.
    failedHosts: forced,
    uncontained: [],
    // The bag may hold a part of what a collection was to bring: whether it came to an end is only heard.
    preserved: {
      volatile: both(preserved.volatile, heard?.preserved.volatile),
      logs: both(preserved.logs, heard?.preserved.logs),
    },
  };
}
