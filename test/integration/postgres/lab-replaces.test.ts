import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SCENARIO_PEOPLE } from '../../../demo/scenario';
import type { HostSigner } from '../../../src/composition/host-programs';
import { labReplaces } from '../../../src/cli/commands/lab-replaces';
import { DOCUMENT, INCIDENT, order, useDatabase } from './world';

const database = useDatabase();
const directory = mkdtempSync(join(tmpdir(), 'firebreak-lab-replaces-'));
const configFile = join(directory, 'firebreak.yaml');
const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEZ1cnRoZXJNb3JlVGhlS2V5T2ZBVGVzdEhvc3QxMjM0';
afterAll(() => rmSync(directory, { recursive: true }));

/** With these addresses as hosts, and the database of this test unless another is named. */
function configured(addresses: readonly string[], url = database().urls.cli, more: object = {}): void {
  const hosts = addresses.map((address, index) => [`host-${index}`, { address, hostKey, management: ['10.0.0.0/8'] }]);
  const inventory: unknown = Object.fromEntries(hosts);
  writeFileSync(configFile, stringify({ database: { url }, hosts: inventory, ...more }), { mode: 0o600 });
}

const LAB_HOST = '10.213.7.10';
const OWN_HOST = '192.0.2.10';

describe('what `lab up` takes out of a configuration', () => {
  const said: string[] = [];
  beforeEach(() => said.splice(0));
  const replaces = (replace = false, signers: readonly HostSigner[] = []) =>
    labReplaces({ directory, configFile, signers, replace }, (line) => said.push(line));

  it('nothing stands in the way where no host is', async () => {
    rmSync(configFile, { force: true });
    await expect(replaces()).resolves.toEqual([]);
    configured([]);
    await expect(replaces()).resolves.toEqual([]);
  });

  it('hosts of a lab that is gone are in nobody’s way; hosts of one’s own are named and kept', async () => {
    configured([LAB_HOST]);
    await expect(replaces()).resolves.toEqual([]);
    configured([LAB_HOST, OWN_HOST]);
    await expect(replaces()).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('host-1') as string,
    });
    await expect(replaces(true)).resolves.toEqual([]);
    expect(said).toEqual([]);
  });

  const refusal = (words: string) => ({ code: 'BAD_INPUT', message: expect.stringContaining(words) as string });
  const mine = { id: 'kim', name: 'Kim', audience: 'security', locale: 'en', mail: 'kim@example.org' };

  it.each([
    ['people', { people: [mine] }, 'people kim'],
    ['people beside the lab’s own', { people: [...SCENARIO_PEOPLE, mine] }, 'people kim'],
    ['an SSH key', { ssh: { identityFile: '/srv/keys/id_ed25519' } }, 'ssh.identityFile /srv/keys/id_ed25519'],
  ])('%s of one’s own are named and kept, also where no host is', async (_what, more, words) => {
    for (const addresses of [[], [LAB_HOST]]) {
      configured(addresses, undefined, more);
      await expect(replaces()).rejects.toMatchObject(refusal(words));
      await expect(replaces(true)).resolves.toEqual([]);
    }
  });

  it('so are signers and the emergency access that --signer would replace; those of an earlier lab are not', async () => {
    const signers = [{ operator: 'alice', publicKey: hostKey }];
    const own = { signers: { bob: hostKey }, emergencyAccess: { account: 'rescue', publicKeys: [hostKey] } };
    configured([], undefined, own);
    await expect(replaces(false, signers)).rejects.toMatchObject(refusal('signers bob; emergencyAccess rescue'));
    await expect(replaces()).resolves.toEqual([]);
    configured([LAB_HOST], undefined, own);
    await expect(replaces(false, signers)).resolves.toEqual([]);
  });

  it('what lab up wrote itself is in nobody’s way', async () => {
    const key = join(directory, 'keys', 'id_ed25519');
    configured([LAB_HOST], undefined, { people: SCENARIO_PEOPLE, ssh: { identityFile: key } });
    await expect(replaces()).resolves.toEqual([]);
  });

  it('an open incident keeps its hosts, also with --replace', async () => {
    configured([LAB_HOST]);
    await database().postgres.incidents.declare(order(), DOCUMENT, 'stolen key');
    for (const replace of [false, true])
      await expect(replaces(replace)).rejects.toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringContaining(INCIDENT) as string,
      });
  });

  it('a database that cannot be asked is said', async () => {
    configured([LAB_HOST], 'postgres://firebreak@127.0.0.1:1/none');
    await expect(replaces()).resolves.toEqual([]);
    expect(said).toEqual([expect.stringContaining('is not known')]);
  });
});
