import { randomBytes } from 'node:crypto';
import { enrolmentUri, secretOfUri, totpCode, totpStep } from '../../../../src/adapters/authorisation/totp';

/** RFC 6238 appendix B, SHA-1, last six of the eight digits. */
const RFC_SECRET = Buffer.from('12345678901234567890');
const VECTORS: readonly (readonly [number, string])[] = [
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
];

describe('TOTP (B15, RFC 6238)', () => {
  it.each(VECTORS)('B15 the published code at second %d', (second, code) => {
    expect(totpCode(RFC_SECRET, second * 1000)).toBe(code);
    expect(totpStep(RFC_SECRET, code, second * 1000)).toBe(Math.floor(second / 30));
  });

  it('B15 one step early or late passes and names its own step; two do not', () => {
    const secret = randomBytes(20);
    const now = Date.UTC(2026, 10, 20, 3, 0, 10);
    const step = Math.floor(now / 30_000);
    for (const delta of [-1, 0, 1]) {
      expect(totpStep(secret, totpCode(secret, now + delta * 30_000), now)).toBe(step + delta);
    }
    const near = [-1, 0, 1].map((delta) => totpCode(secret, now + delta * 30_000));
    for (const delta of [-2, 2]) {
      const code = totpCode(secret, now + delta * 30_000);
      if (!near.includes(code)) expect(totpStep(secret, code, now)).toBeUndefined();
    }
  });

  it('B15 the enrolment URI carries the whole secret', () => {
    const secret = randomBytes(20);
    const uri = enrolmentUri(secret, 'alice');
    expect(uri).toMatch(/^otpauth:\/\/totp\/Firebreak:alice\?/);
    expect(secretOfUri(uri)).toEqual(secret);
  });
});
