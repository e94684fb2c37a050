import { facts, nothingRecorded } from '../layout/blocks';
import { STATE_TONES } from '../layout/palette';
import { clip } from '../layout/plain-text';
import type { Cell } from '../layout/table';
import { table } from '../layout/table';
import type { SecurityReading } from '../../../domain/security-state';
import type { ReportPage } from './section';

/** The first reading before containment beside the last one after it, per host (B13). */
export function readings(page: ReportPage): void {
  const { sheet, model, texts } = page;
  const words = texts.readings;
  const { before, after } = model.readings;
  const hosts = [...new Set([...before, ...after].map((reading) => reading.host))];
  sheet.section(words.heading, () => {
    facts(sheet, [
      { label: words.overall, value: texts.words.state[model.securityState], tone: STATE_TONES[model.securityState] },
    ]);
    if (hosts.length === 0) {
      nothingRecorded(sheet, texts.none);
      return;
    }
    sheet.y += 3;
    table(
      sheet,
      [
        { title: words.host, share: 18 },
        { title: words.stage, share: 21 },
        { title: words.dropped, share: 12, right: true },
        { title: words.sessions, share: 12, right: true },
        { title: words.failed, share: 12, right: true },
        { title: words.listeners, share: 17 },
        { title: words.drift, share: 10, right: true },
        { title: words.load, share: 9, right: true },
      ],
      hosts.flatMap((host) => {
        const first = before.find((reading) => reading.host === host);
        const last = after.findLast((reading) => reading.host === host);
        return [
          ...(first === undefined ? [] : [row(page, first, undefined, true)]),
          ...(last === undefined ? [] : [row(page, last, first, first === undefined)]),
        ];
      }),
      { size: 7.2, most: 4 },
    );
  });
}

function row(
  { texts, clock }: ReportPage,
  reading: SecurityReading,
  earlier: SecurityReading | undefined,
  named: boolean,
): readonly Cell[] {
  const words = texts.readings;
  const at = clock.show(reading.at);
  const compared = (value: number, before: number | undefined): Cell => ({
    text: texts.amount(value),
    ...(before === undefined || value === before
      ? {}
      : { tone: value > before ? ('bad' as const) : ('good' as const) }),
  });
  return [
    { text: named ? clip(reading.host, 60) : '', bold: true },
    { text: earlier === undefined && named ? words.before : words.after, note: at.local },
    { text: reading.droppedPackets === null ? words.noTable : texts.amount(reading.droppedPackets) },
    compared(reading.attackerSessions, earlier?.attackerSessions),
    compared(reading.failedLoginsPerMinute, earlier?.failedLoginsPerMinute),
    {
      text: reading.unexpectedListeners.length === 0 ? '–' : clip(reading.unexpectedListeners.join(' '), 90),
      ...(reading.unexpectedListeners.length > 0 ? { tone: 'bad' as const } : {}),
    },
    compared(reading.drift, earlier?.drift),
    { text: reading.load.toFixed(2) },
  ];
}
