import type { ResponseSpan } from '../../../src/domain/at-once';
import { handledAtOnce } from '../../../src/domain/at-once';
import type { IncidentId } from '../../../src/domain/ids';
import { DEADLINE_MS } from '../../../src/domain/numbers';

const START = Date.parse('2026-11-20T03:00:00.000Z');
const MINUTE = 60_000;
const at = (minutes: number): string => new Date(START + minutes * MINUTE).toISOString();
const span = (name: string, began: number, ended: number | null, drill = false): ResponseSpan => ({
  incident: name as IncidentId,
  drill,
  beganAt: at(began),
  endedAt: ended === null ? null : at(ended),
});
const of = (spans: readonly ResponseSpan[], name: string, now = 60) =>
  handledAtOnce(spans, name as IncidentId, new Date(at(now)));
const names = (...given: Parameters<typeof of>) => of(...given).map(({ incident }) => incident);

describe('B9 incidents that are handled at once', () => {
  test('ran at the same moment, directly or through others', () => {
    const spans = [span('d', 20, 22), span('c', 8, 12), span('b', 1, 3), span('a', 0, 10)];
    for (const one of ['a', 'b', 'c']) expect(names(spans, one)).toEqual(['a', 'b', 'c']);
    expect(names(spans, 'd')).toEqual(['d']);
    expect(names(spans, 'stranger')).toEqual([]);
  });

  test('a long one that began first does not end with the short ones in it', () => {
    expect(names([span('long', 0, 29), span('short', 1, 2), span('late', 28, 30)], 'late')).toEqual([
      'long',
      'short',
      'late',
    ]);
  });

  test('a drill and a real incident are apart', () => {
    const spans = [span('real', 0, 10), span('drill', 1, 3, true), span('other', 2, 4)];
    expect(names(spans, 'real')).toEqual(['real', 'other']);
    expect(names(spans, 'drill')).toEqual(['drill']);
  });

  test('one without an end is under way until no response can be', () => {
    const spans = [span('stuck', 0, null), span('done', 5, 6)];
    const later = DEADLINE_MS / MINUTE;
    expect(of(spans, 'done', later - 1)).toEqual([
      { incident: 'stuck', underWay: true },
      { incident: 'done', underWay: false },
    ]);
    expect(of(spans, 'done', later).some(({ underWay }) => underWay)).toBe(false);
    // It counts no longer than it could have run.
    expect(names([...spans, span('next', later + 1, later + 2)], 'next', 90)).toEqual(['next']);
  });
});
