import { MemorySink, context } from '../../unit/adapters/journal/worlds';
import { collectionWorld, on } from './world';

test('scratch', async () => {
  const w = await collectionWorld();
  const say = (...x: unknown[]) => process.stderr.write(x.map((y) => (typeof y === 'string' ? y : JSON.stringify(y))).join(' ') + '\n');
  const show = (sink: MemorySink) => {
    say([...sink.kept].map(([n, k]) => `${n} ${k.bytes.length} exit ${k.info.exitCode} ${k.sha256 === k.info.hostSha256} ${k.info.truncated ?? ''} off ${k.info.clockOffsetMs} | ${k.info.command.slice(0, 70)} | ${k.info.stderr ?? ''}`).join('\n'));
    say(sink.absences.map((a) => `- ${a.source} ${a.rung} ${a.exitCode} ${a.reason} | ${a.command} | ${a.stderr}`).join('\n'));
  };
  try {
    const o = { since: new Date(Date.now() - 3600e3).toISOString(), maxBytes: 256e6, paths: [] };
    for (const what of ['volatile', 'volatile', 'reading', 'logs', 'alternative', 'big', 'emptied'] as const) {
      const sink = new MemorySink();
      if (what === 'big') {
        say(await on(w.machine, `sed -i 's/^#*RateLimit.*//' /etc/systemd/journald.conf; printf 'RateLimitIntervalSec=0\\nRateLimitBurst=0\\n' >> /etc/systemd/journald.conf; systemctl restart systemd-journald; seq 1 100000 | sed 's/^/Failed password for invalid user admin from 198.18.0.1 port 4444 ssh2 attempt number /' | logger -t sshd; sleep 3; journalctl --sync; journalctl | wc -l; ls -la /var/log /var/log/journal/*`));
      }
      if (what === 'emptied') say(await on(w.machine, `systemctl stop systemd-journald.socket systemd-journald-dev-log.socket systemd-journald-audit.socket systemd-journald; rm -rf /var/log/journal/* /run/log/journal/*; systemctl is-active systemd-journald || true`));
      const t = Date.now();
      try {
        say('=====', what, what === 'volatile' ? await w.collector.volatile(w.host, sink, context(10_000)) : what === 'alternative' ? await w.collector.alternative(w.host, sink, o, context(60_000)) : what === 'reading' ? await w.collector.reading(w.host, { accounts: ['root'], sources: [w.lab.management.address] }, context(10_000)) : await w.collector.logs(w.host, sink, o, context(60_000)));
      } catch (e) { say('=====', what, String(e)); }
      say(Date.now() - t);
      show(sink);
      if (what === 'emptied') {
        const s2 = new MemorySink();
        const t = Date.now();
        say(await w.collector.alternative(w.host, s2, o, context(60_000)), Date.now() - t);
        show(s2);
      }
    }
  } finally { await w.down(); }
}, 300_000);
