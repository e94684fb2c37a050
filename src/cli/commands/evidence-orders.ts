import type { IncidentId } from '../../domain/ids';
import type { EvidenceOrder } from '../../domain/order';
import { announced } from '../../operations/announce';
import {
  acceptEvidenceOrder,
  custodyEvents,
  type EvidenceDone,
  orderAboutEvidence,
} from '../../operations/evidence-orders';
import { knownIncident } from '../../operations/known-names';
import type { CommandContext, PersonOptions } from '../context';
import { credentialsOf } from '../context';
import { table } from '../output';
import { readerOf } from '../reader';
import { withSignOfLife } from '../sign-of-life';
import { moment } from '../times';

const DOES = {
  'evidence-supplement': 'the supplement bag is filled and sealed',
  'evidence-transfer': 'the evidence is verified',
  'evidence-dispose': 'the evidence is verified and disposed of',
} as const;

/** Lets a worker carry out an order about sealed evidence, and says what the ledger holds of it. */
export async function evidenceOrderCommand(
  context: CommandContext,
  order: EvidenceOrder,
  flags: PersonOptions,
): Promise<number> {
  const { operations } = await context.firebreak();
  const credentials = await credentialsOf(context, flags, () => acceptEvidenceOrder(operations, order));
  const what = `waiting until ${DOES[order.action]}`;
  const done = await withSignOfLife(context, what, orderAboutEvidence(operations, credentials, order));
  const value = { incident: order.incident, ...('to' in order ? { to: order.to } : {}), bags: done };
  context.output.result(
    value,
    done.map((one) => lineOf(order, one)),
  );
  return 0;
}

function lineOf(order: EvidenceOrder, { bag, result, detail }: EvidenceDone): string {
  const said = (field: string): string => String(detail[field] ?? '');
  switch (order.action) {
    case 'evidence-supplement':
      return `${bag} sealed: ${said('records')} records, ${said('artefacts')} artefacts, ${said('absences')} absences, root ${result}`;
    case 'evidence-transfer':
      return `${bag} ${result}, from now on with ${order.to}. SHA-256 of its export: ${said('sha256')}`;
    case 'evidence-dispose':
      return `${bag} disposed: ${said('artefacts')} artefacts, ${said('bytes')} bytes are deleted. ${said('toldBy')} tells of it`;
  }
}

/** Who had the evidence (E7), as the ledger tells it. */
export async function custodyCommand(context: CommandContext, incident: IncidentId): Promise<number> {
  const { operations } = await context.firebreak();
  const what = {
    action: 'evidence.accessed',
    subject: incident,
    incident,
    actor: readerOf(),
    detail: { what: 'custody' },
  };
  const events = await announced(operations, what, async () => {
    await knownIncident(operations, incident);
    return custodyEvents(operations, incident);
  });
  const shown = events.map(({ at, actor, stage, action, subject, reason, result, detail, key }) => ({
    ...{ at, actor, stage, event: action.replace('evidence.', ''), subject },
    ...(reason === undefined ? {} : { reason }),
    ...(result === undefined ? {} : { result }),
    ...(detail === undefined ? {} : { detail }),
    // A command line says by itself who ran it; a worker has checked a signature.
    proven: !key.startsWith('cli:'),
  }));
  context.output.result({ incident, events: shown }, [
    ...table(
      shown.map(({ at, actor, stage, event, subject, result = '', reason = '', proven }) => [
        ...[moment(at, operations.site.timeZone), proven ? actor : `${actor} (not proven)`, event, stage],
        ...[subject, result.slice(0, 24), reason],
      ]),
    ),
  ]);
  return 0;
}
