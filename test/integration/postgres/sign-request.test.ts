import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { signRequest } from '../../../src/adapters/authorisation/sign-request';
import { parsePublicKeyLine } from '../../../src/adapters/authorisation/ssh-public-key';
import { checkSshSignature } from '../../../src/adapters/authorisation/ssh-signature';
import { KeyRing } from '../../unit/adapters/authorisation/keys';

const TEXT = '{"operator":"山田","order":{}}';

describe('signing on the operator’s side (B15)', () => {
  let ring: KeyRing;
  const environment = { ...process.env };

  beforeAll(() => (ring = new KeyRing()));
  afterAll(() => ring.remove());
  beforeEach(() => delete process.env.SSH_AUTH_SOCK);
  afterEach(() => {
    process.env = { ...environment };
  });

  it('B15 signs with a key file', async () => {
    const key = ring.make('ed25519');
    const signature = await signRequest(TEXT, { identityFile: key.file });
    expect(checkSshSignature(TEXT, signature, parsePublicKeyLine(key.publicKey), 'firebreak')).toEqual({ ok: true });
  });

  it('B15 signs with a key that only ssh-agent has', async () => {
    const key = ring.make('ed25519');
    const talk = execFileSync('ssh-agent', ['-s'], { encoding: 'utf8' });
    const [, socket = '', pid = ''] = /SSH_AUTH_SOCK=([^;]+);[^]*SSH_AGENT_PID=(\d+)/.exec(talk) ?? [];
    try {
      process.env.SSH_AUTH_SOCK = socket;
      execFileSync('ssh-add', ['-q', key.file], { stdio: 'ignore', env: process.env });
      rmSync(key.file);
      const signature = await signRequest(TEXT, { agentKey: key.publicKey });
      expect(checkSshSignature(TEXT, signature, parsePublicKeyLine(key.publicKey), 'firebreak')).toEqual({ ok: true });
    } finally {
      process.kill(Number(pid));
    }
  });

  it('B15 a key that is nowhere is told in ssh-keygen’s own words', async () => {
    const key = ring.make('ed25519');
    await expect(signRequest(TEXT, { agentKey: key.publicKey })).rejects.toMatchObject({ code: 'NOT_AUTHORISED' });
    await expect(signRequest(TEXT, { identityFile: `${key.file}.missing` })).rejects.toThrow(/No such file/);
  });
});
