import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readReport } from '../../../src/cli/report-file';
import { incidentId } from '../../../src/domain/ids';

const INCIDENT = incidentId('INC-20261120-7F3K');
const OTHER = incidentId('INC-20261120-8H4M');
const SECRET = 'the key of the workers';

let directory: string;
let reports: string;
let genuine: string;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const read = (path: string, hash: string) => readReport(reports, INCIDENT, { path, sha256: hash });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'firebreak-report-'));
  reports = join(directory, 'reports');
  await mkdir(join(reports, INCIDENT), { recursive: true });
  await mkdir(join(reports, OTHER));
  genuine = join(reports, INCIDENT, 'report.json');
  await writeFile(genuine, '{}');
  await writeFile(join(directory, 'totp.key'), SECRET);
  await writeFile(join(reports, OTHER, 'report.json'), SECRET);
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe('report --print opens only the report of the incident, whatever the row names', () => {
  test('the file that was written', async () => {
    expect((await read(genuine, sha256('{}'))).toString()).toBe('{}');
  });

  test('also when the directory of reports is named through a link', async () => {
    await symlink(reports, join(directory, 'link'));
    const file = { path: genuine, sha256: sha256('{}') };
    expect((await readReport(join(directory, 'link'), INCIDENT, file)).toString()).toBe('{}');
  });

  test.each([
    ['a file elsewhere, with its own hash', () => join(directory, 'totp.key')],
    ['a way out of the folder', () => join(reports, INCIDENT, '../../totp.key')],
    ['the report of another incident', () => join(reports, OTHER, 'report.json')],
  ])('not %s', async (_, path) => {
    await expect(read(path(), sha256(SECRET))).rejects.toMatchObject({ code: 'REPORT_CHANGED' });
  });

  test('not a link that leads out of the folder', async () => {
    await symlink(join(directory, 'totp.key'), join(reports, INCIDENT, 'linked.json'));
    await expect(read(join(reports, INCIDENT, 'linked.json'), sha256(SECRET))).rejects.toMatchObject({
      code: 'REPORT_CHANGED',
    });
  });

  test('not a file that has changed, is gone, or is a pipe', async () => {
    await expect(read(genuine, sha256('other'))).rejects.toMatchObject({ code: 'REPORT_CHANGED' });
    await expect(read(`${genuine}.gone`, sha256('{}'))).rejects.toMatchObject({ code: 'REPORT_CHANGED' });
    execFileSync('mkfifo', [join(reports, INCIDENT, 'pipe')]);
    await expect(read(join(reports, INCIDENT, 'pipe'), sha256(''))).rejects.toMatchObject({ code: 'REPORT_CHANGED' });
  });
});
