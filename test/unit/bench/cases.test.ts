import { cases, documentOf } from '../../../bench/cases';
import { seeded } from '../../../bench/random';
import { DEFAULT_POLICY, policyCells } from '../../../src/domain/policy';

describe('B16 what the reliability runs ask for', () => {
  const cells = policyCells(DEFAULT_POLICY).length;
  const asked = (runs: number) => {
    const next = cases(seeded(7));
    return Array.from({ length: runs }, () => next.next().value);
  };
  const cellOf = ({ type, severity, mode }: ReturnType<typeof asked>[number]) => `${type} ${severity} ${mode}`;

  test('every cell of the policy comes up once before any comes up twice', () => {
    const runs = asked(3 * cells);
    for (const round of [0, 1, 2])
      expect(new Set(runs.slice(round * cells, (round + 1) * cells).map(cellOf)).size).toBe(cells);
  });

  test('300 runs have accounts, segments, people and detectors, in every mode', () => {
    const runs = asked(300);
    for (const mode of ['monitor', 'block', 'isolate']) {
      const those = runs.filter((run) => run.mode === mode);
      expect(new Set(those.map(({ by }) => by))).toEqual(new Set(['detector', 'operator']));
      const reports = those.map((run) => documentOf(run, { title: 'x', hosts: ['db-1'], sources: ['192.0.2.1'] }));
      for (const named of ['accounts', 'segments'])
        expect(reports.filter((report) => (report[named] as unknown[]).length > 0).length).toBeGreaterThan(10);
    }
  });
});
