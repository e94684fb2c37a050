import { randomBytes } from 'node:crypto';
import {
  isRecoveryCode,
  makeRecoveryCodes,
  normalRecoveryCode,
  recoveryDigest,
} from '../../../../src/adapters/authorisation/recovery-codes';
import { sealingKey } from '../../../../src/adapters/authorisation/sealing-key';
import { RECOVERY_CODES, RECOVERY_MISSES_TO_BAR } from '../../../../src/domain/numbers';

describe('B15 recovery codes', () => {
  test('there are eight, of 20 letters of 5 bits, and no two are the same', () => {
    expect([RECOVERY_CODES, RECOVERY_MISSES_TO_BAR]).toEqual([8, 5]);
    const codes = Array.from({ length: 50 }, makeRecoveryCodes).flat();
    expect(new Set(codes).size).toBe(400);
    for (const code of codes) {
      expect(code).toMatch(/^(.{5}-){3}.{5}$/);
      expect(isRecoveryCode(normalRecoveryCode(code))).toBe(true);
    }
    // Every letter comes up at every place.
    for (const place of [0, 10, 22]) expect(new Set(codes.map((code) => code.charAt(place))).size).toBe(32);
  });

  test('what people type is read as they meant it', () => {
    const code = '01abc-defgh-jkmnp-qrstv';
    for (const typed of [code, code.toUpperCase(), ` ${code.replaceAll('-', ' ')}\n`, code.replace('01', 'oI')])
      expect(normalRecoveryCode(typed)).toBe('01abcdefghjkmnpqrstv');
  });

  test.each(['', '123456', 'u'.repeat(20), 'a'.repeat(19), 'a'.repeat(21), "'; DROP TABLE operators"])(
    '%j is none',
    (typed) => {
      expect(isRecoveryCode(normalRecoveryCode(typed))).toBe(false);
    },
  );

  test('what is stored hangs on key, person and set', () => {
    const [key, other] = [sealingKey(randomBytes(32)), sealingKey(randomBytes(32))];
    const [code = ''] = makeRecoveryCodes();
    const digest = recoveryDigest(code, 'alice', 'set-1', key);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(recoveryDigest(code.toUpperCase(), 'alice', 'set-1', key)).toBe(digest);
    const others = [
      recoveryDigest(code, 'alice', 'set-1', other),
      recoveryDigest(code, 'bob', 'set-1', key),
      recoveryDigest(code, 'alice', 'set-2', key),
    ];
    expect(new Set([digest, ...others]).size).toBe(4);
  });
});
