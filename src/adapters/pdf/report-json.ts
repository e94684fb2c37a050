import { canonicalJson } from '../../domain/hash';
import type { ReportModel } from '../../domain/report';

/** Version of the shape of `report.json`; raised when a field changes its meaning or goes. */
export const REPORT_JSON_FORMAT = 'firebreak-report/1';

/**
 * The whole model as JSON for programs (P2): keys sorted, two blanks of indentation, one final newline, UTF-8. Beside it stands the
 * digest of the genuine verify.py (H7).
 */
export function reportJson(model: ReportModel, verifierSha256: string): Buffer {
  const verifier = { file: 'verify.py', sha256: verifierSha256 };
  const sorted: unknown = JSON.parse(canonicalJson({ format: REPORT_JSON_FORMAT, verifier, ...model }));
  return Buffer.from(`${JSON.stringify(sorted, null, 2)}\n`, 'utf8');
}

interface Envelope {
  readonly format: string;
  readonly verifier?: unknown;
}

/** The model that `reportJson` wrote; undefined when these bytes are of another shape or no JSON. */
export function reportModelOf(json: Buffer): ReportModel | undefined {
  try {
    const { format, verifier, ...model } = JSON.parse(json.toString('utf8')) as ReportModel & Envelope;
    void verifier;
    return format === REPORT_JSON_FORMAT ? model : undefined;
  } catch {
    return undefined;
  }
}
