import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attachLab, labUp } from '../../../demo/lab/lab';
import { type Lab, type LabHost, RESPONDER_PORT } from '../../../demo/lab/types';

const THOUSAND = 1_000;

/** What sshd at a management address identifies itself with, asked over the network. */
function scanKey(address: string): string {
  const scanned = execFileSync('ssh-keyscan', ['-t', 'ed25519', address], { stdio: ['ignore', 'pipe', 'ignore'] });
  return scanned.toString().trim().slice(`${address} `.length);
}

describe('lab', () => {
  const lines: string[] = [];
  let keys: string;
  let identityFile: string;
  let lab: Lab;
  let web: LabHost;
  let gateway: LabHost;

  beforeAll(async () => {
    keys = mkdtempSync(join(tmpdir(), 'lab-test-'));
    identityFile = join(keys, 'stolen');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', identityFile]);
    const publicKey = readFileSync(`${identityFile}.pub`, 'utf8').trim();
    lab = await labUp({
      hosts: [
        { name: 'gw-1', role: 'gateway' },
        { name: 'web-1', role: 'host' },
      ],
      log: (line) => lines.push(line),
      provision: () => `
        useradd --create-home --shell /bin/bash deploy
        install -d -o deploy -m 0700 /home/deploy/.ssh
        echo '${publicKey}' > /home/deploy/.ssh/authorized_keys`,
    });
    web = lab.hosts.get('web-1')!;
    gateway = lab.hosts.get('gw-1')!;
  });

  afterAll(async () => {
    await lab.down();
    rmSync(keys, { recursive: true });
  });

  async function reach(from: 'attacker' | 'bystander', count: number, family: 4 | 6, protocol: 'tcp' | 'udp') {
    const sources = family === 4 ? lab[from].addresses4(count) : lab[from].addresses6(count);
    const target = family === 4 ? web.serviceAddress : web.serviceAddress6;
    const { reached, unreached } = await lab[from].probe({ sources, target, targetPort: RESPONDER_PORT, protocol });
    expect(reached.length + unreached.length).toBe(count);
    return reached.length;
  }

  async function onWeb(script: string): Promise<string> {
    const { code, stdout, stderr } = await web.exec(script);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.trim();
  }

  it('boots Debian with systemd, a persistent journal, sshd with PAM, and a running sshd jail of fail2ban', async () => {
    expect(await onWeb('systemctl is-system-running')).toBe('running');
    expect(await onWeb('sshd -T | grep -E "^(usepam|maxstartups)"')).toBe('usepam yes\nmaxstartups 10:30:100');
    expect(await onWeb('test -s /var/log/journal/$(cat /etc/machine-id)/system.journal && echo kept')).toBe('kept');
    expect(await onWeb('logger -p auth.info hello; sleep 0.3; grep -c hello /var/log/auth.log')).toBe('1');
    await onWeb(
      'for i in $(seq 50); do fail2ban-client status sshd >/dev/null 2>&1 && exit 0; sleep 0.2; done; exit 1',
    );
    expect(lines).toContain('Booting gw-1, web-1');
  });

  it('gives each host the key it says, on the management address of either family', () => {
    for (const host of [web, gateway]) {
      for (const address of [host.address, host.address6]) {
        const scanned = execFileSync('ssh-keyscan', ['-t', 'ed25519', address], {
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        expect(scanned.toString().trim()).toBe(`${address} ${host.hostKey}`);
      }
    }
    expect(web.hostKey).not.toBe(gateway.hostKey);
  });

  it('shows the operator to the hosts under the management address and nobody else', async () => {
    const socket = connect({ host: web.address, port: 22 });
    await new Promise((resolve) => socket.once('data', resolve));
    const peers = await onWeb('ss -Htn state established "sport = :22"');
    socket.destroy();
    expect(peers).toContain(lab.management.address);
    const probe = { sources: lab.attacker.addresses4(1), target: web.address, targetPort: 22 };
    await expect(lab.attacker.probe(probe)).rejects.toMatchObject({ code: 'LAB_WRONG_TARGET' });
  });

  it.each([
    [4, 'tcp'],
    [6, 'tcp'],
    [4, 'udp'],
    [6, 'udp'],
  ] as const)('lets 1,000 attackers reach the service over IPv%i %s', async (family, protocol) => {
    expect(await reach('attacker', THOUSAND, family, protocol)).toBe(THOUSAND);
    const log = await onWeb('cut -d" " -f2,3 /var/log/responder/access.log');
    const [last] = (family === 4 ? lab.attacker.addresses4(THOUSAND) : lab.attacker.addresses6(THOUSAND)).slice(-1);
    expect(log).toContain(`${protocol} ${last}`);
  });

  it('finds exactly the blocked ones unreached: a drop on the host, and one on the gateway', async () => {
    await onWeb(`nft -f - <<'END'
      table inet t { set bad { type ipv4_addr; flags interval; elements = { ${lab.attacker.prefix4} }
        }
        chain c { type filter hook prerouting priority -310; ip saddr @bad drop; }
      }
END`);
    expect(await reach('attacker', THOUSAND, 4, 'tcp')).toBe(0);
    expect(await reach('attacker', 50, 6, 'tcp')).toBe(50);
    expect(await reach('bystander', 200, 4, 'tcp')).toBe(200);
    await onWeb('nft delete table inet t');

    const drop = `nft -f - <<'END'
      table inet t { chain f { type filter hook forward priority -310; ip daddr ${lab.segment.prefix4} drop; }
      }
END`;
    await expect(gateway.exec(drop)).resolves.toMatchObject({ code: 0 });
    expect(await reach('bystander', 20, 4, 'tcp')).toBe(0);
    expect(scanKey(web.address)).toBe(web.hostKey);
    await gateway.exec('nft delete table inet t');
    expect(await reach('bystander', 20, 4, 'tcp')).toBe(20);
  });

  it('hammers at the rate asked, and counts what is answered', async () => {
    const { addresses6 } = lab.attacker;
    const target = { target: web.serviceAddress6, targetPort: RESPONDER_PORT };
    const hammer = await lab.attacker.hammer({ sources: addresses6(100), ...target, perSecond: 200 });
    await sleep(1_500);
    expect(hammer.counts().answered).toBeGreaterThan(0);
    const { sent, answered } = await hammer.stop();
    expect(sent).toBeGreaterThan(200);
    expect(sent).toBeLessThan(600);
    expect(answered).toBe(sent);
  });

  it.each([4, 6] as const)(
    'keeps a session with a stolen key open over IPv%i until the host ends it',
    async (family) => {
      const [source] = family === 4 ? lab.attacker.addresses4(1) : lab.attacker.addresses6(1);
      const session = lab.attacker.ssh({
        source: source!,
        host: web,
        user: 'deploy',
        identityFile,
        command: 'sleep 300',
      });
      await expect(session.established).resolves.toBe(true);
      expect(await onWeb('ss -Htn state established "sport = :22"')).toContain(source);
      await onWeb('pkill -KILL -u deploy');
      await expect(session.closed).resolves.toBe(255);
    },
  );

  it('reports a refused login as refused', async () => {
    const [source] = lab.attacker.addresses4(1);
    const session = lab.attacker.ssh({ source: source!, host: web, user: 'nobody', identityFile, command: 'true' });
    await expect(session.established).resolves.toBe(false);
    await expect(session.closed).resolves.toBe(255);
  });

  it('freezes a host: connections are accepted, nobody answers, the inside can still be looked at', async () => {
    await web.freeze();
    expect(await reach('bystander', 5, 4, 'tcp')).toBe(0);
    expect(await onWeb('echo awake')).toBe('awake');
    await web.thaw();
    expect(await reach('bystander', 5, 4, 'tcp')).toBe(5);
  });

  it('cuts the management link silently, and no other', async () => {
    const socket = connect({ host: web.address, port: 22 });
    await new Promise((resolve) => socket.once('data', resolve));
    await web.cutManagementLink();
    const fate = new Promise((resolve) => ['error', 'close', 'data'].forEach((event) => socket.once(event, resolve)));
    socket.write('SSH-2.0-test\r\n');
    await expect(Promise.race([fate, sleep(1_000, 'silence')])).resolves.toBe('silence');
    expect(await reach('bystander', 5, 4, 'tcp')).toBe(5);
    await web.restoreManagementLink();
    await expect(fate).resolves.toBeDefined();
    socket.destroy();
  });

  it('reboots for real: the disk stays, the packet filter and the boot id do not', async () => {
    const boots = 'journalctl --list-boots | tail -n +2 | wc -l';
    expect(await onWeb(`${boots}; touch /root/kept; nft add table inet gone`)).toBe('1');
    await web.reboot();
    expect(await onWeb(`ls /root/kept; nft list ruleset; ${boots}`)).toBe('/root/kept\n2');
    expect(await reach('attacker', 20, 6, 'tcp')).toBe(20);
    const again = await attachLab(lab.id);
    expect(again.hosts.get('web-1')?.hostKey).toBe(web.hostKey);
  });

  it('answers nothing while stopped, and everything once started again', async () => {
    await web.stop();
    await expect(web.exec('true')).rejects.toMatchObject({ code: 'LAB_HOST_DOWN' });
    expect(await reach('bystander', 3, 4, 'tcp')).toBe(0);
    await web.start();
    expect(await reach('bystander', 3, 4, 'tcp')).toBe(3);
  });

  it('runs scripts that read their input, and kills those that take too long', async () => {
    expect(await onWeb('cat; echo after')).toBe('after');
    await expect(web.exec('sleep 30', { timeoutMs: 300 })).rejects.toMatchObject({ code: 'LAB_COMMAND_TIMEOUT' });
    expect(await onWeb('pgrep -x sleep || echo none')).toBe('none');
  });

  it('refuses a lab that cannot be, and an id in use', async () => {
    const log = () => undefined;
    const twice = [
      { name: 'a', role: 'gateway' },
      { name: 'a', role: 'gateway' },
    ] as const;
    await expect(labUp({ id: 'TOO-LONG', hosts: twice, log })).rejects.toMatchObject({
      code: 'LAB_BAD_OPTIONS',
      message: expect.stringMatching(/id TOO-LONG.*same name.*one gateway/) as string,
    });
    const taken = labUp({ id: lab.id, hosts: [{ name: 'a', role: 'host' }], log });
    await expect(taken).rejects.toMatchObject({ code: 'LAB_ID_TAKEN' });
    expect(await onWeb('echo unharmed')).toBe('unharmed');
  });
});
