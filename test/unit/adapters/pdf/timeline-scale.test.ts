import { layTimeline, offsetText, tickStep, tickText } from '../../../../src/adapters/pdf/sections/timeline-scale';
import { onRecord } from '../../../../src/domain/fact';
import type { TimelineEntry } from '../../../../src/domain/report';
import { DECLARED, secondsAfter } from '../../../support/report-parts';

const step = (from: number, to?: number, text = 'step'): TimelineEntry => ({
  at: secondsAfter(from),
  ...(to === undefined ? {} : { endedAt: secondsAfter(to) }),
  phase: 'containing',
  fact: { fact: 'recorded', words: onRecord(text) },
  kind: 'step',
});
const textOf = ({ fact }: TimelineEntry): unknown => 'words' in fact && fact.words;
const days = (count: number): string => `${count} d`;

describe('P1 the timeline is drawn to scale', () => {
  it.each([
    [3_000, 500],
    [11_000, 2_000],
    [60_000, 10_000],
    [29 * 60_000, 300_000],
    [30 * 60_000, 300_000],
    [4 * 3_600_000, 1_800_000],
    [40 * 86_400_000, 7 * 86_400_000],
  ])('an axis of %i ms has a tick every %i ms: at most eight, at round times', (length, expected) => {
    expect(tickStep(length)).toBe(expected);
    expect(length / expected).toBeLessThanOrEqual(8);
  });

  it('places bars by their times, in the order of their beginnings', () => {
    const [panel] = layTimeline([step(2, 4, 'b'), step(0, 1, 'a')], DECLARED, secondsAfter(8));
    expect(panel).toMatchObject({ kind: 'response', start: 0, length: 8_000, step: 1_000, deadline: undefined });
    expect(panel?.entries.map(({ entry, from, to }) => [textOf(entry), from, to])).toEqual([
      ['a', 0, 1_000],
      ['b', 2_000, 4_000],
    ]);
  });

  it('draws the deadline when the response came to it', () => {
    const [panel] = layTimeline([step(0, 1_810)], DECLARED, secondsAfter(1_810));
    expect(panel?.deadline).toBe(1_800_000);
  });

  it('gives what comes after the deadline a scale of its own, so that a watch of days squeezes nothing', () => {
    const entries = [step(0, 10), step(12, 3 * 86_400, 'watch'), step(86_400, undefined, 'release')];
    const [response, after, ...rest] = layTimeline(entries, DECLARED, secondsAfter(3 * 86_400));
    expect(rest).toEqual([]);
    expect(response).toMatchObject({ kind: 'response', length: 12_000 });
    expect(response?.entries.at(-1)).toMatchObject({ from: 12_000, to: 12_000, open: true });
    expect(after).toMatchObject({ kind: 'after', start: 86_400_000 });
  });

  it('survives times that cannot be read, and entries that end before they begin', () => {
    const broken = { ...step(0), at: 'yesterday' };
    const [panel] = layTimeline([broken, step(5, 2)], DECLARED, secondsAfter(8));
    expect(panel?.entries.map(({ from, to }) => [from, to])).toEqual([[5_000, 5_000]]);
  });

  it('is empty without entries', () => {
    expect(layTimeline([], DECLARED, secondsAfter(8))).toEqual([]);
  });

  it('names distances from the declaration at every size', () => {
    expect([400, 59_900, 61_000, 3_601_000, 90_000_000].map((ms) => offsetText(ms, days))).toEqual([
      ...['+0.4 s', '+59.9 s', '+1:01', '+1:00:01', '+1 d 01:00'],
    ]);
    expect([0, 500, 2_000, 120_000].map((ms) => tickText(ms, ms < 1_000 ? 500 : 1_000, days))).toEqual([
      ...['0', '0.5 s', '2 s', '+2:00'],
    ]);
  });
});
