import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createReportWriter } from '../../../src/adapters/pdf/report-writer';
import type { RefusedTarget } from '../../../src/domain/plan';
import { reportModel } from '../../support/report-model';

const run = promisify(execFile);
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'firebreak-page-one-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const refused = (reason: RefusedTarget['reason'], ...targets: string[]): RefusedTarget[] =>
  targets.map((target) => ({ target, reason, detail: { fact: 'left-out', why: 'must-stay-up' } }));

/** The words of page one, whatever line they were broken into. */
async function pageOne(incident: string, targets: readonly RefusedTarget[]): Promise<Record<'en' | 'ja', string>> {
  const model = reportModel({ incident });
  const writer = createReportWriter({ verifierSha256: '0f'.repeat(32), reportsDir: directory });
  const { pdf } = await writer.write({ ...model, plan: { ...model.plan, refused: targets } });
  const textOf = async (path: string): Promise<string> =>
    (await run('pdftotext', ['-l', '1', path, '-'])).stdout.replace(/\s+/g, ' ');
  return { en: await textOf(pdf.en.path), ja: await textOf(pdf.ja.path) };
}

describe('B17 page one says what was asked for and not done', () => {
  it('by reason and by name, in both languages, and counts the rest', async () => {
    const names = Array.from({ length: 9 }, (_, n) => `shop-${n + 1}`);
    const seen = await pageOne('INC-20261120-RFSD', [
      ...refused('isolation-never', ...names),
      ...refused('out-of-mode', 'mallory'),
    ]);
    expect(seen.en).toContain('NOT done (Host must stay up): shop-1, shop-2');
    expect(seen.en).toContain('NOT done (Left out by the policy): mallory');
    expect(seen.en).toMatch(/shop-5\D+4 more/);
    expect(seen.en).not.toContain('shop-6');
    expect(seen.ja).toMatch(/未実施（停止できないホスト）： ?shop-1/);
    expect(seen.ja).toMatch(/未実施（方針により対象外）： ?mallory/);
  });

  it('and says nothing of the kind where nothing was refused', async () => {
    const seen = await pageOne('INC-20261120-NNE2', []);
    expect(seen.en).not.toContain('NOT done');
    expect(seen.ja).not.toContain('未実施（');
  });
});
