import qrcode from 'qrcode-generator';
import { qrLines } from '../../../src/cli/qr-code';

const URI =
  'otpauth://totp/Firebreak:alice?issuer=Firebreak&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30';
const MODULES = { '█': [false, false], '▀': [false, true], '▄': [true, false], ' ': [true, true] } as const;

/** Back from the characters to dark and light modules, as a camera sees them. */
function modulesOf(lines: readonly string[]): boolean[][] {
  return lines.flatMap((line) => {
    const pairs = [...line].map((character) => MODULES[character as keyof typeof MODULES]);
    return [pairs.map(([upper]) => upper), pairs.map(([, lower]) => lower)];
  });
}

describe('B15 the QR code of an enrolment on the terminal', () => {
  const lines = qrLines(URI);
  const seen = modulesOf(lines);
  const expected = qrcode(0, 'M');
  expected.addData(URI, 'Byte');
  expected.make();
  const count = expected.getModuleCount();

  test('fits into 80 columns and is one rectangle of block characters', () => {
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[0]!.length).toBeLessThanOrEqual(80);
    for (const line of lines) expect(line).toMatch(/^[█▀▄ ]+$/);
  });

  test('shows every module where it belongs, with four blank ones around', () => {
    for (let row = -4; row < count + 4; row += 1)
      for (let column = -4; column < count + 4; column += 1) {
        const inside = row >= 0 && row < count && column >= 0 && column < count;
        expect(seen[row + 4]![column + 4]).toBe(inside && expected.isDark(row, column));
      }
  });

  test('has the three finder patterns of a QR code', () => {
    const corner = (top: number, left: number) =>
      [0, 1, 2, 3, 4, 5, 6].map((column) => (seen[top + 4 + 3]![left + 4 + column] ? '#' : '.')).join('');
    for (const [top, left] of [
      [0, 0],
      [0, count - 7],
      [count - 7, 0],
    ] as const)
      expect(corner(top, left)).toBe('#.###.#');
  });
});
