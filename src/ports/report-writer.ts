import type { IncidentId } from '../domain/ids';
import type { ReportModel, WrittenReport } from '../domain/report';
import type { IncidentRow } from './repositories';

/** Writes the PDF in every locale and the JSON beside it (P1, P2). Same model, same bytes. Throws DISK_FULL. */
export interface ReportWriter {
  write(model: ReportModel): Promise<WrittenReport>;
  /** The joint overview of the incidents of one compound trigger, most urgent first (B9). @returns its path */
  writeOverview(group: IncidentId, members: readonly IncidentRow[]): Promise<string>;
}
