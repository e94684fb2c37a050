import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folder with `go.mod` and `test-server.pom.xml`: this one when run from source, `temporal/` beside
 * `dist/` when compiled. Undefined where only compiled code was shipped.
 */
export function toolFolder(): string | undefined {
  const places = [__dirname, join(__dirname, '..', '..', 'temporal')];
  return places.find((folder) => existsSync(join(folder, 'go.mod')));
}
