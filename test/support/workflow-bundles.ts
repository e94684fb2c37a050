import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflowCode } from '@temporalio/worker';
import { buildBundle } from '../../src/worker/bundle';

const ROOT = join(__dirname, '..', '..');
const CACHE = join(ROOT, 'node_modules', '.cache', 'firebreak');
const LOADER = join(__dirname, 'break-steps-loader.cjs');

/** The workflows as they ship. Made once for each state of their sources, and shared by all test files. */
export function shippedBundle(): Promise<WorkflowBundle> {
  return cached('shipped', () => buildBundle(ROOT));
}

/** The same, but every box of the chart throws a TypeError when the incident's title says so: `break:sealEvidence`. */
export function breakableBundle(): Promise<WorkflowBundle> {
  return cached('breakable', async () => {
    const { code } = await bundleWorkflowCode({
      workflowsPath: require.resolve(join(ROOT, 'workflows')),
      webpackConfigHook: (config) => ({
        ...config,
        module: {
          ...config.module,
          rules: [
            ...(config.module?.rules ?? []),
            { test: /workflows[\\/](response|incident)[\\/][a-z-]+\.ts$/, enforce: 'pre', use: LOADER },
          ],
        },
      }),
      logger: {
        log: () => undefined,
        trace: () => undefined,
        debug: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: () => undefined,
      },
    });
    return code;
  });
}

async function cached(kind: string, build: () => Promise<string>): Promise<WorkflowBundle> {
  const path = join(CACHE, `${kind}-${sourcesDigest()}.js`);
  if (!existsSync(path)) {
    mkdirSync(CACHE, { recursive: true });
    const code = await build();
    writeFileSync(`${path}.${process.pid}`, code);
    renameSync(`${path}.${process.pid}`, path);
  }
  return { code: readFileSync(path, 'utf8') };
}

function sourcesDigest(): string {
  const hash = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .update(readFileSync(LOADER));
  for (const folder of ['workflows', 'src/domain', 'activities']) {
    const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((candidate) => candidate.endsWith('.ts')).sort())
      hash.update(name).update(readFileSync(join(ROOT, folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
