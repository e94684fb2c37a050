import { ShellHostCollector } from '../../../../src/adapters/journal/host-collector';
import { HOST, LocalShell, MemorySink, context } from './worlds';

test.each(['volatile', 'logs', 'alternative', 'reading'])('%s', async (what) => {
  const c = new ShellHostCollector(new LocalShell());
  const sink = new MemorySink();
  const t = Date.now();
  try {
    const o = { since: new Date(Date.now() - 86400e3).toISOString(), maxBytes: 50e6, paths: ['/etc/passwd', '/var/log/apt/history.log'] };
    const r = what === 'volatile' ? await c.volatile(HOST, sink, context(10_000)) : what === 'logs' ? await c.logs(HOST, sink, o, context(60_000)) : what === 'alternative' ? await c.alternative(HOST, sink, o, context(60_000)) : await c.reading(HOST, { accounts: ['postgres'], sources: ['10.0.0.0/8'] }, context(20_000));
    console.log(r);
  } catch (e) { console.log(e); }
  console.log(Date.now() - t, [...sink.kept].map(([n, k]) => `${n} ${k.bytes.length} exit ${k.info.exitCode} ${k.sha256 === k.info.hostSha256} ${k.info.truncated ?? ''} | ${k.info.command.slice(0, 60)} | ${k.info.stderr ?? ''}`).join('\n'));
  console.log(sink.absences.map((a) => `${a.source} ${a.rung} ${a.exitCode} ${a.reason} | ${a.command} | ${a.stderr}`).join('\n'));
});
