import { createHash, createHmac } from 'node:crypto';
import { scramVerifier } from '../../../../src/adapters/postgres/scram-verifier';

it('the SCRAM verifier accepts the client proof of RFC 7677 section 3', () => {
  const verifier = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
  const [, storedKey = '', serverKey = ''] = /^SCRAM-SHA-256\$4096:[^$]+\$([^:]+):(.+)$/.exec(verifier) ?? [];
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
  const authMessage = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
  const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64');
  const signature = createHmac('sha256', Buffer.from(storedKey, 'base64')).update(authMessage).digest();
  const clientKey = proof.map((byte, i) => byte ^ signature[i]!);
  expect(createHash('sha256').update(clientKey).digest('base64')).toBe(storedKey);
  expect(createHmac('sha256', Buffer.from(serverKey, 'base64')).update(authMessage).digest('base64')).toBe(
    '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  );
});

it('a password that SASLprep might change is refused', () => {
  for (const password of ['', 'pass word', 'pässword', 'a\u0000'])
    expect(() => scramVerifier(password)).toThrow(TypeError);
});
