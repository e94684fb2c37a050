import { median, medianOfRatios } from '../../../bench/statistics';

test('the median of an odd number is the middle one, of an even number the mean of two, of none no number', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('a machine that was busy during one pair does not make one side slower', () => {
  expect(
    medianOfRatios(
      [
        [10, 10],
        [50, 50],
        [11, 10],
      ].map(([one = 0, other = 0]) => [one, other] as const),
    ),
  ).toBe(1);
});
