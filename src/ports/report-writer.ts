import type { ReportModel, WrittenReport } from '../domain/report';

/** Writes the PDF in every locale and the JSON beside it (P1, P2). Same model, same bytes. Throws DISK_FULL. */
export interface ReportWriter {
  write(model: ReportModel): Promise<WrittenReport>;
}
