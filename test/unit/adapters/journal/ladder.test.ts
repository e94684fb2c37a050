import { ShellHostCollector } from '../../../../src/adapters/journal/host-collector';
import { FirebreakError } from '../../../../src/domain/errors';
import { HOST, MemorySink, ScriptedShell, context, frame } from './worlds';

const OPTIONS = { since: '2026-11-20T00:00:00Z', maxBytes: 1_000_000, paths: [] };
const NOTHING = [frame.hello(), frame.done].join('');

/** A host that answers each rung as the test says; rungs not named find nothing. */
function world(rungs: Readonly<Record<number, string | FirebreakError>>) {
  const shell = new ScriptedShell((_, input) => {
    const rung = Number(/^rung (\d)$/m.exec(input)?.[1]);
    const answer = rungs[rung] ?? NOTHING;
    if (answer instanceof FirebreakError) throw answer;
    return [answer];
  });
  const sink = new MemorySink();
  const alternative = (budgetMs = 60_000) =>
    new ShellHostCollector(shell).alternative(HOST, sink, OPTIONS, context(budgetMs));
  const asked = () => shell.asked.map(({ input }) => Number(/^rung (\d)$/m.exec(input)?.[1]));
  return { sink, alternative, asked };
}

const gives = (source: string, text = '__CURSOR=a\nMESSAGE=x\n\n__CURSOR=b\n\n') =>
  [frame.hello(), frame.artefact(source, text), frame.done].join('');

test('E3 files that can be read without the daemon end the way down', async () => {
  const { alternative, asked, sink } = world({ 2: gives('journal-persistent') });
  expect(await alternative()).toMatchObject({ rung: 2, artefacts: 1, lines: 2 });
  expect(asked()).toEqual([2]);
  expect(sink.kept.get('journal-persistent')?.info.rung).toBe(2);
});

test('E3 bytes nobody could read do not end it: everything else is taken as well', async () => {
  const { alternative, asked } = world({ 3: gives('journal-raw', 'LPKSHHRH'), 4: gives('auth-log', 'one\n') });
  expect(await alternative()).toMatchObject({ rung: 4, artefacts: 2, lines: 1 });
  expect(asked()).toEqual([2, 3, 4, 5, 6]);
});

test('E3 a rung whose answer is garbage is an absence and the next one is tried', async () => {
  const { alternative, sink } = world({ 2: 'garbage\n', 6: gives('open-deleted', 'saved') });
  expect(await alternative()).toMatchObject({ rung: 6, artefacts: 1 });
  expect(sink.absences.map((absence) => absence.source)).toContain('rung-2');
});

test('E3 only when no rung gives anything is the log unavailable', async () => {
  const { alternative, asked } = world({});
  await expect(alternative()).rejects.toMatchObject({ code: 'LOGS_UNAVAILABLE' });
  expect(asked()).toEqual([2, 3, 4, 5, 6]);
});

test('E3 a broken link is thrown while nothing is in hand, and is an absence afterwards', async () => {
  const lost = new FirebreakError('HOST_UNREACHABLE');
  await expect(world({ 2: lost }).alternative()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  const { alternative, sink } = world({ 3: gives('journal-raw', 'LPKSHHRH'), 4: lost });
  expect(await alternative()).toMatchObject({ rung: 3 });
  expect(sink.absences.map((absence) => absence.source)).toContain('rung-4');
});

test('E3 a rung for which no time is left is not begun', async () => {
  const { alternative, asked, sink } = world({});
  await expect(alternative(3_000)).rejects.toMatchObject({ code: 'LOGS_UNAVAILABLE' });
  expect(asked()).not.toContain(2);
  expect(sink.absences.find((absence) => absence.source === 'rung-2')?.reason).toContain('time budget');
});

test('E3 an ordinary way without journal fails after everything else was taken', async () => {
  const sink = new MemorySink();
  const chunks = [frame.hello(), frame.artefact('journal-export', ''), frame.artefact('auth-log', 'one\n'), frame.done];
  const collector = new ShellHostCollector(new ScriptedShell(() => chunks));
  await expect(collector.logs(HOST, sink, OPTIONS, context(60_000))).rejects.toMatchObject({
    code: 'LOGS_UNAVAILABLE',
  });
  expect([...sink.kept.keys()]).toEqual(['auth-log']);
  expect(sink.absences).toMatchObject([{ source: 'journal-export', reason: 'it was empty', rung: 1 }]);
});

test.each([
  '/etc/shadow',
  '/var/log/../../etc/shadow',
  'var/log/x',
  '/var/log/x\nseconds 9',
  '/var/log/\u202ex',
  `/srv/${'x'.repeat(2_000)}`,
])('E2 a path that is not a log is refused and never sent: %j', async (path) => {
  const shell = new ScriptedShell(() => [frame.hello(), frame.artefact('journal-export', '__CURSOR=a\n'), frame.done]);
  const sink = new MemorySink();
  const options = { ...OPTIONS, paths: [path, '/srv/app/app one.log'] };
  const summary = await new ShellHostCollector(shell).logs(HOST, sink, options, context(60_000));
  expect(summary.absences).toBe(1);
  expect(sink.absences[0]?.reason).toContain('not an absolute path under /var/log or /srv');
  const [, paths] = shell.asked[0]!.input.split('\n\n');
  expect(paths).toBe('/srv/app/app one.log\n');
});

test('E2 a window or size that is none is bad input', async () => {
  const collector = new ShellHostCollector(new ScriptedShell(() => []));
  for (const bad of [{ since: 'yesterday' }, { maxBytes: 0 }, { maxBytes: 1.5 }]) {
    await expect(collector.logs(HOST, new MemorySink(), { ...OPTIONS, ...bad }, context(60_000))).rejects.toMatchObject(
      { code: 'BAD_INPUT' },
    );
  }
});
