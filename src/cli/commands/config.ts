import { configurationProblems } from '../../composition/configuration-problems';
import { effectiveValues } from '../../config/describe';
import { FirebreakError } from '../../domain/errors';
import type { CommandContext } from '../context';
import { table } from '../output';

/** Refuses what any other command would refuse. @throws FirebreakError CONFIG_INVALID naming every problem */
export async function configCheckCommand(context: CommandContext): Promise<number> {
  const loaded = context.loaded();
  const file = loaded.file ?? 'no file; defaults and environment';
  const problems = await configurationProblems(loaded.config);
  if (problems.length > 0) throw new FirebreakError('CONFIG_INVALID', `${file}:`, { problems });
  const values = effectiveValues(loaded);
  context.output.say(`configuration is valid: ${file}`);
  context.output.result(values, table(values.map((value) => [value.key, value.origin, value.value])));
  return 0;
}
