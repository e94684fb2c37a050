import type { IncidentId } from '../domain/ids';
import type { ReportModel, WrittenOverview, WrittenReport } from '../domain/report';
import type { IncidentRow } from './repositories';

/** Writes the JSON and from it the PDF in every locale (P1, P2). Same model, same bytes. Throws DISK_FULL. */
export interface ReportWriter {
  /** What a revision was begun with; undefined when it was not. A retry goes on with it, so that its bytes stay the same (P1). */
  begun(incident: IncidentId, revision: number): Promise<ReportModel | undefined>;
  write(model: ReportModel): Promise<WrittenReport>;
  /** The joint overview of incidents that were handled at once, most urgent first (B9). */
  writeOverview(group: IncidentId, members: readonly IncidentRow[]): Promise<WrittenOverview>;
}
