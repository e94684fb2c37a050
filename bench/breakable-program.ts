import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PROGRAM_ROOT } from '../src/composition/program';

/** Boxes of the chart (`workflows/response/response.workflow.ts`) that can be made to throw. */
export const BREAKABLE_STEPS = [
  'classifyIncident',
  'captureVolatile',
  'decidePolicy',
  'prepareHosts',
  'controlAccess',
  'preserveLogs',
  'sealEvidence',
  'tightenMonitoring',
  'completeResponse',
] as const;

/** In the incident's title it makes the step throw a TypeError on the first try. */
export const breakOnce = (step: (typeof BREAKABLE_STEPS)[number]): string => `break-once:${step}.`;

/**
 * Copies the compiled program with one change: each step looks for its name in the title. No fault from outside can bring about an
 * ordinary programming error, and the program that ships has no switch for it.
 *
 * @returns the folder, for the workers to run; beside `node_modules`, so that they find their packages
 */
export async function breakableProgram(): Promise<string> {
  const folder = join(PROGRAM_ROOT, '..', 'node_modules', '.cache', 'firebreak', 'breakable-program');
  await rm(folder, { recursive: true, force: true });
  await cp(PROGRAM_ROOT, folder, { recursive: true, filter: (path) => basename(path) !== '.tsbuildinfo' });
  const bundle = join(folder, 'workflow-bundle.js');
  let code = await readFile(bundle, 'utf8');
  for (const step of BREAKABLE_STEPS) {
    const head = `async function ${step}(run) {`;
    if (code.split(head).length !== 2) throw new Error(`the bundle has not one ${step}: bench/breakable-program.ts`);
    const says = `run.input.attempt === 1 && run.input.title.includes(${JSON.stringify(breakOnce(step))})`;
    code = code.replace(head, `${head}\n  if (${says}) undefined.nothing();`);
  }
  await writeFile(bundle, code);
  return folder;
}
