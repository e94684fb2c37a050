import { FirebreakError } from '../../../src/domain/errors';

describe('B18 what the catalogue says is said once', () => {
  test('B18 an error that was made anew on its way does not repeat itself', () => {
    const first = new FirebreakError('OTP_INVALID', '1 of 5 misses.');
    const again = new FirebreakError('OTP_INVALID', first.message);
    expect(again.message).toBe('The TOTP code is wrong. 1 of 5 misses.');
    expect(new FirebreakError('OTP_REUSED', new FirebreakError('OTP_REUSED').message).message).toBe(
      'The TOTP code was used before.',
    );
  });
});
