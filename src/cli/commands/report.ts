import { FirebreakError } from '../../domain/errors';
import type { IncidentId } from '../../domain/ids';
import { announced } from '../../operations/announce';
import { knownIncident } from '../../operations/known-names';
import type { CommandContext } from '../context';
import { readerOf } from '../reader';
import { readReport } from '../report-file';

export async function reportCommand(context: CommandContext, incident: IncidentId, print: boolean): Promise<number> {
  const { operations, config } = await context.firebreak();
  const row = await knownIncident(operations, incident);
  if (row.report === null) throw new FirebreakError('WRONG_STATE', 'the report is not written yet');
  const { report } = row;
  const reading = { action: 'report.read', subject: incident, incident, actor: readerOf() };
  const json = await announced(
    operations,
    { ...reading, detail: { revision: report.revision, sha256: report.json.sha256, printed: print } },
    async () => (print ? readReport(config.paths.reports, incident, report.json) : undefined),
  );
  if (json !== undefined) {
    await context.output.document(json.toString('utf8'));
    return 0;
  }
  const { overview } = row;
  context.output.result({ ...report, overview }, [
    `revision ${report.revision}`,
    `  en    ${report.pdf.en.path}`,
    `  ja    ${report.pdf.ja.path}`,
    `  json  ${report.json.path}`,
    `  sha256 (en) ${report.pdf.en.sha256}`,
    ...(overview === null
      ? []
      : [
          `joint overview of ${overview.incidents.join(', ')}`,
          `  en    ${overview.pdf.en.path}`,
          `  ja    ${overview.pdf.ja.path}`,
        ]),
  ]);
  return 0;
}
