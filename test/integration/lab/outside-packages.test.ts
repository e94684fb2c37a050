import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_DIRECTORY } from '../../../demo/lab/lab-record';

const [hook, owner] = ['typescript-hook.cjs', 'lab-owner.ts'].map((name) => join(__dirname, 'support', name));

/** Tries to bring a lab up where systemd-nspawn is hidden from it, in a mount namespace of its own. */
function labUpWithoutNspawn(env: NodeJS.ProcessEnv) {
  const hidden = 'mount --bind /dev/null "$(command -v systemd-nspawn)" && exec "$@"';
  const labUp = [process.execPath, '--require', hook!, owner!, 'tnopkg', 'attached'];
  return spawnSync('unshare', ['--mount', 'sh', '-c', hidden, 'sh', ...labUp], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

describe('Debian packages the lab needs', () => {
  it('O1 are named and not installed when FIREBREAK_NO_APT is 1, and nothing is made', () => {
    const { status, stderr } = labUpWithoutNspawn({ FIREBREAK_NO_APT: '1' });
    expect(stderr).toContain('LAB_PACKAGES_MISSING');
    expect(stderr).toContain('not installed: systemd-container.');
    expect(status).toBe(1);
    expect(existsSync(join(RUN_DIRECTORY, 'tnopkg'))).toBe(false);
  });
});
