import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createReportWriter } from '../../../src/adapters/pdf/report-writer';
import { sha256Hex } from '../../../src/domain/hash';
import { reportModel } from '../../support/report-model';

const KIB = 1024;
const DISK = 3_072 * KIB;

describe('P1 a full disk', () => {
  let directory: string;
  let disk: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'firebreak-report-full-'));
    disk = join(directory, 'disk');
    await mkdir(disk);
    // A file system of its own that can really be full; needs root, and fails where that is not given.
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'firebreak-test', disk]);
  });

  afterEach(async () => {
    execFileSync('umount', [disk]);
    await rm(directory, { recursive: true });
  });

  it('is said as DISK_FULL, leaves no half file, keeps the earlier revision, and is over when there is room', async () => {
    const writer = createReportWriter({ verifierSha256: 'f'.repeat(64), reportsDir: disk });
    const first = await writer.write(reportModel());
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(DISK - first.pdf.en.bytes - first.pdf.ja.bytes - 200 * KIB));
    const next = { ...reportModel(), revision: 2 };
    await expect(writer.write(next)).rejects.toMatchObject({ code: 'DISK_FULL' });
    const names = await readdir(dirname(first.pdf.en.path));
    // The JSON, with which a retry goes on, may be there; then it is whole.
    expect(names.filter((name) => name.endsWith('.tmp') || /\.r2\..*\.pdf$/.test(name))).toEqual([]);
    const json = names.find((name) => name.endsWith('.r2.json'));
    if (json !== undefined) expect(await writer.begun(next.order.incident, 2)).toEqual(next);
    expect(sha256Hex(await readFile(first.pdf.en.path))).toBe(first.pdf.en.sha256);
    await rm(ballast);
    await expect(writer.write(next)).resolves.toMatchObject({ revision: 2 });
  });
});
