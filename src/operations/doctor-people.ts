import type { Operator } from '../ports/authorisation';

/** What one locked or absent person stops. */
const ONE_PERSON = {
  admin:
    'fewer than two admins: if that one is locked or away, nobody can enrol or remove: firebreak operator add NAME --role admin, and keep recovery codes: firebreak operator recovery-codes',
  respond:
    'fewer than two may respond: if that one is locked or away, nobody gives orders: firebreak operator add NAME --role respond',
  approve:
    'fewer than two may approve, and nobody approves their own request: firebreak operator add NAME --role approve',
} as const;

/** One sentence for each thing that hangs on one person (N5); empty when nothing does. @param able operators who can sign now */
export function lacksOfPeople(able: readonly Operator[]): readonly string[] {
  const holders = (role: 'admin' | 'respond' | 'approve') => able.filter(({ roles }) => roles.includes(role));
  const few = (['admin', 'respond', 'approve'] as const)
    .filter((role) => holders(role).length < 2)
    .map((role) => ONE_PERSON[role]);
  if (holders('approve').length < 2) return few;
  const alone = holders('respond')
    .filter((requester) => !holders('approve').some((approver) => areIndependent(approver, requester)))
    .map(({ name }) => name);
  return alone.length === 0
    ? few
    : [
        ...few,
        `nobody may approve what ${alone.join(', ')} asks for: every approver was enrolled or changed by that person, or has enrolled or changed that person, so another admin has to enrol one`,
      ];
}

function areIndependent(approver: Operator, requester: Operator): boolean {
  return (
    approver.name !== requester.name && !vouchesFor(requester.name, approver) && !vouchesFor(approver.name, requester)
  );
}

/** For good: an unlock counts for a day only. */
function vouchesFor(name: string, { createdBy, vouchers }: Operator): boolean {
  return createdBy === name || vouchers.some(({ by, how }) => by === name && how !== 'unlock');
}
