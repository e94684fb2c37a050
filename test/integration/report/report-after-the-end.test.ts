import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createReportWriter } from '../../../src/adapters/pdf/report-writer';
import type { ReportModel, WrittenReport } from '../../../src/domain/report';
import { reportModel } from '../../support/report-model';

const run = promisify(execFile);

const ENDS = ['released', 'expired', 'stood-down', 'half-undone'] as const;
type End = (typeof ENDS)[number];

/** Words that must not stand in a report of an incident whose controls are gone. */
const UNTRUE = [
  'Every planned control is in force',
  '計画した対策はすべて有効',
  'firebreak release',
  'firebreak stand-down',
];

describe('P1 B5 the revision after the end says what is so now', () => {
  let directory: string;
  const written = new Map<End, WrittenReport>();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'firebreak-report-'));
    const writer = createReportWriter({ verifierSha256: '0f'.repeat(32), reportsDir: directory });
    for (const [index, end] of ENDS.entries()) {
      const incident = `INC-20261120-ENH${index + 2}`;
      const left = {
        fact: 'do-undo',
        kind: 'isolate-host',
        host: 'web-2',
        code: 'HOST_TIMEOUT',
        command: `firebreak release ${incident}`,
      } as const;
      const model = reportModel({ incident, end, seconds: 28 });
      written.set(end, await writer.write(end === 'half-undone' ? { ...model, nextSteps: [left] } : model));
    }
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** The text of a report without its line breaks, which differ by language and font. */
  async function textOf(end: End, locale: 'en' | 'ja', ...options: string[]): Promise<string> {
    const path = written.get(end)!.pdf[locale].path;
    const { stdout } = await run('pdftotext', [...options, path, '-'], { maxBuffer: 64 * 1024 * 1024 });
    return locale === 'ja' ? stdout.replace(/\s+/g, '') : stdout.replace(/\s+/g, ' ');
  }
  const pageOne = ['-l', '1', '-layout'] as const;

  it.each([
    [
      'released',
      'en',
      ['RELEASED', 'Everything that was in force was undone by 2026-11-21 03:21:48', 'Release by mori'],
    ],
    [
      'released',
      'ja',
      ['解除済み', '有効だった対策は、2026-11-2103:21:48までにすべて解除しました', '対策の解除（mori'],
    ],
    ['expired', 'en', ['EXPIRED', 'Every control has ended by its time, the last one at 2026-11-21 03:21:07']],
    ['expired', 'ja', ['期限終了', '対策はすべて期限により終了しました']],
    ['stood-down', 'en', ['STOOD DOWN', 'Everything that was in force was undone', 'Stand down by mori']],
    ['stood-down', 'ja', ['対応中止', 'すべて解除しました', '対応の中止（mori']],
  ] as const)('page one of %s, %s: the end, who ordered it, and what was in force', async (end, locale, words) => {
    const text = await textOf(end, locale, ...pageOne.slice(0, 2));
    for (const word of words) expect(text).toContain(word);
    expect(text).toContain(locale === 'en' ? 'the hosts were read back' : '読み戻して確認しました');
    expect(text).toContain(locale === 'en' ? '24 of 24 were in force' : '24件中24件が有効だった');
    // The response, and how long it took until the end.
    expect(text).toContain(locale === 'en' ? '28 s' : '28秒');
    expect(text).toContain(locale === 'en' ? '18 min 44 s' : '18分44秒');
    expect(text).toContain(
      locale === 'en' ? 'No action by people is recorded as open' : '未完了の対応は記録されていません',
    );
  });

  it.each(['released', 'expired', 'stood-down'] as const)(
    '%s: nothing in it says that a control is in force',
    async (end) => {
      for (const locale of ['en', 'ja'] as const) {
        const text = await textOf(end, locale);
        for (const untrue of UNTRUE) expect(text).not.toContain(locale === 'ja' ? untrue.replace(/\s+/g, '') : untrue);
      }
    },
  );

  it('each act has its own end: undone, or expired and when that was noticed', async () => {
    const released = await textOf('released', 'en');
    expect(released.match(/undone at 2026-11-21 03:21:48; read back/g)?.length).toBeGreaterThanOrEqual(8);
    expect(await textOf('released', 'ja')).toContain('解除済み（2026-11-2103:21:48）;読み戻しで確認済み');
    const expired = await textOf('expired', 'en');
    expect(expired).toContain('expired at 2026-11-21 03:21:07; noticed at 2026-11-21 03:21:48; read back');
    expect(await textOf('expired', 'ja')).toContain('確認：2026-11-2103:21:48');
  });

  it('an undo that failed is the first thing that is said, with what people have to do', async () => {
    const en = await textOf('half-undone', 'en', ...pageOne.slice(0, 2));
    expect(en).toContain('UNDO INCOMPLETE');
    expect(en).toContain('4 of 8 acts could NOT be undone and may still be in force. People must act.');
    expect(en).toContain('1 act NOT undone');
    expect(en).toContain('Undo isolate-host on web-2, it may still be in force (HOST_TIMEOUT)');
    const ja = await textOf('half-undone', 'ja', ...pageOne.slice(0, 2));
    expect(ja).toContain('解除未完了');
    expect(ja).toContain('対策8件のうち4件を解除できませんでした');
    expect(ja).toContain('web-2の「ホストの隔離」を解除する');
    expect(await textOf('half-undone', 'en')).toContain('the undo failed at 2026-11-21 03:21:48: HOST_TIMEOUT');
  });

  it('P2 the JSON beside it tells the same', async () => {
    const of = async (end: End) => JSON.parse(await readFile(written.get(end)!.json.path, 'utf8')) as ReportModel;
    const released = await of('released');
    expect(released.ending).toMatchObject({ how: 'released', by: 'mori', whole: true });
    expect(new Set(released.acts.map(({ standing }) => standing))).toEqual(new Set(['undone']));
    const half = await of('half-undone');
    expect(half.ending).toMatchObject({ how: 'released', whole: false });
    expect(half.acts.filter(({ standing }) => standing === 'not-undone').map(({ host }) => host)).toEqual(
      Array(4).fill('web-2'),
    );
  });
});
