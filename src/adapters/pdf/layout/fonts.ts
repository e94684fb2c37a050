import { readFile } from 'node:fs/promises';
import type { ReportFonts } from './sheet';

const JAPANESE = '@expo-google-fonts/noto-sans-jp';
const EUROPEAN = '@expo-google-fonts/noto-sans';

/**
 * Noto Sans JP for both languages, so that Japanese evidence also prints in English reports. Noto Sans has the letters that it lacks:
 * the rest of Latin, Greek and Cyrillic, for people's names. Both are under the SIL Open Font Licence 1.1.
 */
export async function loadFonts(): Promise<ReportFonts> {
  const files = (names: readonly string[]): Promise<Buffer[]> =>
    Promise.all(names.map((name) => readFile(require.resolve(name))));
  const [regular, bold] = await Promise.all([
    files([`${JAPANESE}/400Regular/NotoSansJP_400Regular.ttf`, `${EUROPEAN}/400Regular/NotoSans_400Regular.ttf`]),
    files([`${JAPANESE}/700Bold/NotoSansJP_700Bold.ttf`, `${EUROPEAN}/700Bold/NotoSans_700Bold.ttf`]),
  ]);
  return { regular, bold };
}
