import type { CommandContext } from '../context';
import { paint } from '../output';

export async function auditVerifyCommand(context: CommandContext): Promise<number> {
  const { operations } = await context.firebreak();
  const seen = await operations.ledger.verify();
  const good = seen.faults.length === 0;
  context.output.result(seen, [
    `${paint(good ? 'green' : 'red', good ? 'INTACT' : 'BROKEN')}  ${seen.events} events, head ${seen.head.seq} ${seen.head.hash.slice(0, 16)}`,
    ...seen.faults.map((fault) => `  ${fault.seq}: ${fault.detail}`),
    ...(good
      ? ['  not proven: that nobody with the rights of a superuser rewrote the whole chain; keep the head elsewhere']
      : []),
  ]);
  return good ? 0 : 1;
}

export async function auditExportCommand(context: CommandContext): Promise<number> {
  const { operations } = await context.firebreak();
  const lines = await operations.ledger.export(async (line) => context.output.document(`${line}\n`));
  context.output.say(`${lines} lines`);
  return 0;
}
