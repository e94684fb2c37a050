import { readFile } from 'node:fs/promises';
import { FirebreakError } from '../../domain/errors';
import type { IncidentId } from '../../domain/ids';
import type { CommandContext } from '../context';

export async function reportCommand(context: CommandContext, incident: IncidentId, print: boolean): Promise<number> {
  const { operations } = await context.firebreak();
  const row = await operations.incidents.find(incident);
  if (row === undefined) throw new FirebreakError('UNKNOWN_INCIDENT', incident);
  if (row.report === null) throw new FirebreakError('WRONG_STATE', 'the report is not written yet');
  const { report } = row;
  if (print) {
    process.stdout.write(await readFile(report.json.path));
    return 0;
  }
  context.output.result(report, [
    `revision ${report.revision}`,
    `  en    ${report.pdf.en.path}`,
    `  ja    ${report.pdf.ja.path}`,
    `  json  ${report.json.path}`,
    `  sha256 (en) ${report.pdf.en.sha256}`,
  ]);
  return 0;
}
