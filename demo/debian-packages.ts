import { DOWNLOADS, childEnvironment } from '../src/supervision/child-environment';
import { run } from '../src/supervision/child-process';

/** poppler reads the PDFs back; named, then installed, unless FIREBREAK_NO_APT=1 (O1). */
export async function ensurePoppler(say: (line: string) => void): Promise<void> {
  try {
    await run('pdftotext', ['-v']);
    return;
  } catch {
    if (process.env['FIREBREAK_NO_APT'] === '1')
      throw new Error('The proof reads the PDFs with pdftotext: install the Debian package poppler-utils.');
  }
  say('installing the Debian package poppler-utils: the proof reads the PDFs with it');
  const env = childEnvironment(DOWNLOADS, { DEBIAN_FRONTEND: 'noninteractive' });
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', 'poppler-utils'], { env });
}
