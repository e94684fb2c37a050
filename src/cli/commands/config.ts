import { effectiveValues } from '../../config/describe';
import { siteOf } from '../../config/site';
import type { CommandContext } from '../context';
import { table } from '../output';

export function configCheckCommand(context: CommandContext): Promise<number> {
  const loaded = context.loaded();
  siteOf(loaded.config);
  const values = effectiveValues(loaded);
  context.output.say(
    `configuration is valid${loaded.file === undefined ? ' (no file; defaults and environment)' : `: ${loaded.file}`}`,
  );
  context.output.result(values, table(values.map((value) => [value.key, value.origin, value.value])));
  return Promise.resolve(0);
}
