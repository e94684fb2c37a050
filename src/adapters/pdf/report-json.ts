import type { Fact } from '../../domain/fact';
import { FACTS_EN, inEnglish } from '../../domain/fact-words';
import { canonicalJson } from '../../domain/hash';
import type { ReportModel } from '../../domain/report';

/** Version of the shape of `report.json`; raised when a field changes its meaning or goes. */
export const REPORT_JSON_FORMAT = 'firebreak-report/2';

/**
 * The whole model as JSON for programs (P2): keys sorted, two blanks of indentation, one final newline, UTF-8. Each fact also has its
 * English sentence, as `text`. Beside the model stands the digest of the genuine verify.py (H7).
 */
export function reportJson(model: ReportModel, verifierSha256: string): Buffer {
  const verifier = { file: 'verify.py', sha256: verifierSha256 };
  const worded: unknown = JSON.parse(JSON.stringify(model), withSentence);
  const sorted: unknown = JSON.parse(canonicalJson({ format: REPORT_JSON_FORMAT, verifier, ...(worded as object) }));
  return Buffer.from(`${JSON.stringify(sorted, null, 2)}\n`, 'utf8');
}

interface Envelope {
  readonly format: string;
  readonly verifier?: unknown;
}

/** The model that `reportJson` wrote; undefined when these bytes are of another shape or no JSON. */
export function reportModelOf(json: Buffer): ReportModel | undefined {
  try {
    const { format, verifier, ...model } = JSON.parse(json.toString('utf8'), withoutSentence) as ReportModel & Envelope;
    void verifier;
    return format === REPORT_JSON_FORMAT ? model : undefined;
  } catch {
    return undefined;
  }
}

function isFact(value: unknown): value is Fact {
  if (typeof value !== 'object' || value === null || !('fact' in value)) return false;
  return typeof value.fact === 'string' && Object.hasOwn(FACTS_EN, value.fact);
}

function withSentence(_key: string, value: unknown): unknown {
  return isFact(value) ? { ...value, text: inEnglish(value) } : value;
}

function withoutSentence(_key: string, value: unknown): unknown {
  if (!isFact(value) || !('text' in value)) return value;
  const { text, ...fact } = value;
  void text;
  return fact;
}
