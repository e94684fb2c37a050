import { SMALL, facts, nothingRecorded, paragraph } from '../layout/blocks';
import { STATE_TONES } from '../layout/palette';
import { clip } from '../layout/plain-text';
import type { Cell } from '../layout/table';
import { table } from '../layout/table';
import type { ReadingPart, SecurityReading } from '../../../domain/security-state';
import type { ReportPage } from './section';

type Counted = 'droppedPackets' | 'attackerSessions' | 'failedLoginsPerMinute' | 'drift';

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
    whatIsNotKnown(page, [...before, ...after]);
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
  const short = (part: Counted): boolean => part !== 'drift' && reading.unknown?.[part] !== undefined;
  /** A number beside a reason is the least that it can be. */
  const amount = (part: Counted): string => {
    const value = reading[part];
    return value === null ? words.unknown : `${short(part) ? '≥ ' : ''}${texts.amount(value)}`;
  };
  const compared = (part: Counted): Cell => {
    const [value, was] = [reading[part], earlier?.[part]];
    const text = amount(part);
    if (value === null) return { text, tone: 'caution' };
    if (was === undefined || was === null || value === was) return { text };
    return { text, tone: value > was ? 'bad' : 'good' };
  };
  const listeners = reading.unexpectedListeners;
  const dropped =
    reading.droppedPackets === null && !short('droppedPackets') ? words.noTable : amount('droppedPackets');
  return [
    { text: named ? clip(reading.host, 60) : '', bold: true },
    { text: earlier === undefined && named ? words.before : words.after, note: at.local },
    { text: dropped },
    compared('attackerSessions'),
    compared('failedLoginsPerMinute'),
    {
      text: listeners === null ? words.unknown : listeners.length === 0 ? '–' : clip(listeners.join(' '), 90),
      ...(listeners?.length === 0 ? {} : { tone: listeners === null ? ('caution' as const) : ('bad' as const) }),
    },
    compared('drift'),
    { text: reading.load === null ? words.unknown : reading.load.toFixed(2) },
  ];
}

/** Why, once for each host and part. */
function whatIsNotKnown({ sheet, texts }: ReportPage, all: readonly SecurityReading[]): void {
  const { readings: words } = texts;
  const titles: Readonly<Record<ReadingPart, string>> = {
    droppedPackets: words.dropped,
    attackerSessions: words.sessions,
    failedLoginsPerMinute: words.failed,
    listeners: words.listeners,
    load: words.load,
  };
  const lines = all.flatMap(({ host, unknown = {}, whyUnknown = {} }) =>
    (Object.keys(titles) as ReadingPart[]).flatMap((part) => {
      const recorded = unknown[part];
      const why = whyUnknown[part] ?? (recorded === undefined ? [] : [recorded]);
      return why.map((fact) => `${host}${texts.comma}${titles[part]}${texts.colon}${texts.fact(fact)}`);
    }),
  );
  if (lines.length === 0) return;
  sheet.y += 3;
  paragraph(sheet, `${words.why}${texts.colon}${clip([...new Set(lines)].join('; '), 1_200)}`, { style: SMALL });
}
