import type { ReportModel } from '../../../domain/report';
import type { Sheet } from '../layout/sheet';
import type { ZonedClock } from '../layout/times';
import type { ReportTexts } from '../texts/report-en';

/** What every part of the report is drawn from. */
export interface ReportPage {
  readonly sheet: Sheet;
  readonly model: ReportModel;
  readonly texts: ReportTexts;
  readonly clock: ZonedClock;
  /** SHA-256 of the genuine verify.py. */
  readonly verifierSha256: string;
}

/** A part of the report; draws itself from the cursor on. */
export type Section = (page: ReportPage) => void;

/** The word for a value of an open set; what is not listed is printed as it is. */
export function wordFor(words: Readonly<Record<string, string>>, value: string): string {
  return words[value] ?? value;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.4 MiB`. */
export function byteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit] ?? 'B'}`;
}
