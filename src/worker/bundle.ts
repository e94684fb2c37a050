import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { encryptedModules } from '../../temporal/data-converter';

/** Where `npm run build` leaves the bundles, beside the compiled sources. */
const PREBUILT = { plain: 'workflow-bundle.js', encrypted: 'workflow-bundle-encrypted.js' } as const;

/** `encrypted`: for workers whose payloads go through the codec. */
export type BundleKind = keyof typeof PREBUILT;

function sdkVersion(): string {
  return (JSON.parse(readFileSync(require.resolve('@temporalio/worker/package.json'), 'utf8')) as { version: string })
    .version;
}

/** Bundles the workflows for the sandbox. @param root folder that holds `workflows/` */
export async function buildBundle(root: string, kind: BundleKind = 'plain'): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve(join(root, 'workflows')),
    ...(kind === 'encrypted' ? encryptedModules(root) : {}),
    logger: {
      log: () => undefined,
      trace: () => undefined,
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    },
  });
  return `// @temporalio/worker ${sdkVersion()}\n${code}`;
}

/**
 * The prebuilt bundle when it was made by this version of the SDK, else one made now: a bundle of another version breaks in
 * ways that are hard to see.
 */
export async function workflowBundle(root: string, kind: BundleKind = 'plain'): Promise<WorkflowBundleOption> {
  const prebuilt = join(root, PREBUILT[kind]);
  if (existsSync(prebuilt)) {
    const code = readFileSync(prebuilt, 'utf8');
    if (code.startsWith(`// @temporalio/worker ${sdkVersion()}\n`)) return { code };
  }
  return { code: await buildBundle(root, kind) };
}
