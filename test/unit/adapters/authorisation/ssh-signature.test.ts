import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign as cryptoSign } from 'node:crypto';
import { parsePublicKeyLine } from '../../../../src/adapters/authorisation/ssh-public-key';
import { checkSshSignature } from '../../../../src/adapters/authorisation/ssh-signature';
import { sshString } from '../../../../src/adapters/authorisation/ssh-wire';
import { KeyRing, type TestKey } from './keys';

const TEXT = '{"order":{"action":"respond"},"operator":"alice","name":"山田"}';

function check(text: string, signature: string, key: TestKey, namespace = 'firebreak') {
  return checkSshSignature(text, signature, parsePublicKeyLine(key.publicKey), namespace);
}

function bytesOf(armoured: string): Buffer {
  return Buffer.from(armoured.split('\n').slice(1, -2).join(''), 'base64');
}

function armour(bytes: Buffer): string {
  return `-----BEGIN SSH SIGNATURE-----\n${bytes.toString('base64')}\n-----END SSH SIGNATURE-----\n`;
}

describe('SSH signatures (B15, PROTOCOL.sshsig)', () => {
  let ring: KeyRing;
  let ed25519: TestKey;
  let ecdsa: TestKey;
  let rsa: TestKey;

  beforeAll(() => {
    ring = new KeyRing();
    ed25519 = ring.make('ed25519');
    ecdsa = ring.make('ecdsa', 256);
    rsa = ring.make('rsa', 3072);
  });
  afterAll(() => ring.remove());

  it('B15 accepts what ssh-keygen signs: ed25519, ecdsa-nistp256, rsa, with both hashes', () => {
    for (const key of [ed25519, ecdsa, rsa]) {
      for (const hash of ['sha256', 'sha512'] as const) {
        expect(check(TEXT, key.sign(TEXT, { hash }), key)).toEqual({ ok: true });
      }
    }
  });

  it('B15 ECDSA numbers of every length verify', () => {
    for (let i = 0; i < 40; i += 1) expect(check(`${i}`, ecdsa.sign(`${i}`), ecdsa)).toEqual({ ok: true });
  });

  it('B15 refuses another text, another key and another purpose, and says which', () => {
    const signature = ed25519.sign(TEXT);
    expect(check(`${TEXT} `, signature, ed25519)).toEqual({ ok: false, why: 'the signature is not of this text' });
    expect(check(TEXT, signature, ring.make('ed25519'))).toMatchObject({
      ok: false,
      why: expect.stringMatching(/signed with SHA256:.* enrolled is SHA256:/) as string,
    });
    expect(check(TEXT, ed25519.sign(TEXT, { namespace: 'git' }), ed25519)).toEqual({
      ok: false,
      why: 'signed for another purpose: namespace "git"',
    });
  });

  it('B15 no flipped bit passes, and OpenSSH agrees', () => {
    for (const key of [ed25519, ecdsa]) {
      const bytes = bytesOf(key.sign(TEXT));
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(check(TEXT, armour(changed), key).ok).toBe(false);
        if (bit % 97 === 0) expect(ring.opensshAccepts(key, TEXT, armour(changed))).toBe(false);
      }
      expect(ring.opensshAccepts(key, TEXT, armour(bytes))).toBe(true);
    }
  });

  it('B15 refuses every truncation and anything added', () => {
    const bytes = bytesOf(rsa.sign(TEXT));
    for (let length = 0; length < bytes.length; length += 1) {
      expect(check(TEXT, armour(bytes.subarray(0, length)), rsa).ok).toBe(false);
    }
    expect(check(TEXT, armour(Buffer.concat([bytes, Buffer.from([0])])), rsa).ok).toBe(false);
    const good = rsa.sign(TEXT);
    for (const text of ['', 'x', good.replace('BEGIN', 'BEGINN'), good.replace('\n', '\n*'), good + good]) {
      expect(check(TEXT, text, rsa).ok).toBe(false);
    }
  });

  it('B15 refuses RSA with SHA-1 although the signature itself is right', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = publicKey.export({ format: 'jwk' });
    const mpint = (base64: string) => sshString(Buffer.concat([Buffer.from([0]), Buffer.from(base64, 'base64url')]));
    const exponent = sshString(Buffer.from(jwk.e!, 'base64url'));
    const blob = Buffer.concat([sshString('ssh-rsa'), exponent, mpint(jwk.n!)]);
    const signed = Buffer.concat([
      Buffer.from('SSHSIG'),
      sshString('firebreak'),
      sshString(''),
      sshString('sha512'),
      sshString(createHash('sha512').update(TEXT).digest()),
    ]);
    const make = (algorithm: string, hash: string) =>
      armour(
        Buffer.concat([
          Buffer.from('SSHSIG\0\0\0\x01', 'latin1'),
          sshString(blob),
          sshString('firebreak'),
          sshString(''),
          sshString('sha512'),
          sshString(Buffer.concat([sshString(algorithm), sshString(cryptoSign(hash, signed, privateKey))])),
        ]),
      );
    const enrolled = parsePublicKeyLine(`ssh-rsa ${blob.toString('base64')}`);
    expect(checkSshSignature(TEXT, make('rsa-sha2-256', 'sha256'), enrolled, 'firebreak')).toEqual({ ok: true });
    expect(checkSshSignature(TEXT, make('ssh-rsa', 'sha1'), enrolled, 'firebreak')).toEqual({
      ok: false,
      why: 'ssh-rsa is not an algorithm for ssh-rsa',
    });
    expect(checkSshSignature(TEXT, make('rsa-sha2-512', 'sha256'), enrolled, 'firebreak').ok).toBe(false);
  });
});

describe('public keys an operator may enrol (B15)', () => {
  let ring: KeyRing;
  beforeAll(() => (ring = new KeyRing()));
  afterAll(() => ring.remove());

  it('B15 the fingerprint is the one that ssh-keygen prints', () => {
    const key = ring.make('ed25519');
    const printed = execFileSync('ssh-keygen', ['-l', '-f', `${key.file}.pub`], { encoding: 'utf8' });
    expect(printed).toContain(parsePublicKeyLine(key.publicKey).fingerprint);
  });

  it('B15 refuses short RSA, other curves, options before the type, and nonsense', () => {
    const good = ring.make('ed25519').publicKey;
    const bad = [
      ring.make('rsa', 1024).publicKey,
      ring.make('ecdsa', 384).publicKey,
      `restrict ${good}`,
      good.replace('ssh-ed25519', 'ssh-rsa'),
      good.replace('AAAA', 'AAAB'),
      'ssh-ed25519',
      '',
      '-----BEGIN OPENSSH PRIVATE KEY-----',
    ];
    for (const line of bad) expect(() => parsePublicKeyLine(line)).toThrow();
  });
});
