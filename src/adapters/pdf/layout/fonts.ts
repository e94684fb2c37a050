import { readFile } from 'node:fs/promises';
import type { ReportFonts } from './sheet';

const FAMILY = '@expo-google-fonts/noto-sans-jp';

/** Noto Sans JP (SIL Open Font Licence 1.1): one family for both languages, so Japanese evidence also prints in English reports. */
export async function loadFonts(): Promise<ReportFonts> {
  const [regular, bold] = await Promise.all([
    readFile(require.resolve(`${FAMILY}/400Regular/NotoSansJP_400Regular.ttf`)),
    readFile(require.resolve(`${FAMILY}/700Bold/NotoSansJP_700Bold.ttf`)),
  ]);
  return { regular, bold };
}
