// Debian packages that the tests need on the outside (DESIGN §7): named, then installed, unless FIREBREAK_NO_APT=1.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const WANTED = {
  mmdebstrap: '/usr/bin/mmdebstrap',
  'debian-archive-keyring': '/usr/share/keyrings/debian-archive-keyring.gpg',
  'systemd-container': '/usr/bin/systemd-nspawn',
  iproute2: '/sbin/ip',
  nftables: '/usr/sbin/nft',
  'openssh-client': '/usr/bin/ssh',
  'openssh-server': '/usr/sbin/sshd',
  chromium: '/usr/bin/chromium',
  'poppler-utils': '/usr/bin/pdftotext',
  python3: '/usr/bin/python3',
  'default-jre-headless': '/usr/bin/java',
  maven: '/usr/bin/mvn',
  shellcheck: '/usr/bin/shellcheck',
  shfmt: '/usr/bin/shfmt',
};

const found = (name, path) =>
  existsSync(path) || spawnSync('sh', ['-c', `command -v ${path.split('/').at(-1)}`]).status === 0;
const missing = Object.entries(WANTED)
  .filter(([name, path]) => !found(name, path))
  .map(([name]) => name);
if (missing.length > 0) {
  process.stderr.write(`missing Debian packages: ${missing.join(' ')}\n`);
  if (process.env.FIREBREAK_NO_APT === '1') {
    process.stderr.write('FIREBREAK_NO_APT=1: not installed; tests that need them say so\n');
  } else {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [
      ['update', '-qq'],
      ['install', '-qq', '-y', '--no-install-recommends', ...missing],
    ]) {
      const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env });
      if (status !== 0) process.exit(status ?? 1);
    }
  }
}
