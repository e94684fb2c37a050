import type { OperatorRole } from '../../domain/order';
import type { Operator, Voucher } from '../../ports/authorisation';
import type { ChangedEnrolment, ChangeVerdict, Enrolment, OperatorRows, SealedOperator } from '../../ports/grant-rows';
import type { Database, Transaction } from './database';

/** A row of operators as `pg` gives it. */
interface StoredOperator {
  readonly name: string;
  readonly public_key: string;
  readonly roles: readonly OperatorRole[];
  readonly locked_at: Date | null;
  readonly disabled_at: Date | null;
  readonly vouchers: readonly Voucher[];
  readonly created_at: Date;
  readonly created_by: string;
}

interface StoredSeal {
  readonly enrolment: string;
  readonly key_id: string;
  readonly sealed: string;
  readonly misses: number;
  readonly recovery: string | null;
  readonly recovery_barred: boolean;
}

/** What everybody may read who reads anything. */
const OPERATOR_COLUMNS = 'name, public_key, roles, locked_at, disabled_at, created_at, created_by, vouchers';

function operatorOf(row: StoredOperator): Operator {
  return {
    name: row.name,
    publicKey: row.public_key,
    roles: row.roles,
    locked: row.locked_at !== null,
    disabled: row.disabled_at !== null,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    vouchers: row.vouchers,
  };
}

const BARRED = `coalesce(recovery_misses >= 5 AND recovery_missed_at > clock_timestamp() - interval '1 hour', false)`;

/** The row with its sealed secret; only workers may read that. */
export async function findSealed(database: Transaction, name: string): Promise<SealedOperator | undefined> {
  const [row] = await database.query<StoredOperator & StoredSeal>(
    `SELECT ${OPERATOR_COLUMNS}, enrolment, key_id, sealed, misses, recovery, ${BARRED} AS recovery_barred
      FROM operators WHERE name = $1`,
    [name],
  );
  if (row === undefined) return undefined;
  const { enrolment, key_id: keyId, sealed, misses, recovery, recovery_barred: recoveryBarred } = row;
  return { operator: operatorOf(row), enrolment, keyId, sealed, misses, recovery, recoveryBarred };
}

/** People and service identities in `operators`; rows come and go by functions that only workers may call. */
export class PostgresOperators implements OperatorRows {
  constructor(private readonly database: Database) {}

  async list(): Promise<readonly Operator[]> {
    const rows = await this.database.query<StoredOperator>(`SELECT ${OPERATOR_COLUMNS} FROM operators ORDER BY name`);
    return rows.map(operatorOf);
  }

  async find(name: string): Promise<Operator | undefined> {
    const [row] = await this.database.query<StoredOperator>(
      `SELECT ${OPERATOR_COLUMNS} FROM operators WHERE name = $1`,
      [name],
    );
    return row && operatorOf(row);
  }

  sealed(name: string): Promise<SealedOperator | undefined> {
    return findSealed(this.database, name);
  }

  async wasRemoved(enrolment: string): Promise<boolean> {
    const rows = await this.database.query('SELECT FROM removed_operators WHERE enrolment = $1', [enrolment]);
    return rows.length > 0;
  }

  insertFirst(enrolment: Enrolment): Promise<boolean> {
    return this.insert(enrolment, true);
  }

  enrol(enrolment: Enrolment): Promise<boolean> {
    return this.insert(enrolment, false);
  }

  async isStale(enrolment: string): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT FROM grants WHERE id = $1 AND created_at < clock_timestamp() - interval '10 minutes'`,
      [enrolment],
    );
    return rows.length > 0;
  }

  async remove(name: string, enrolment: string, by: string, grantId: string | undefined): Promise<ChangeVerdict> {
    const [row] = await this.database.query<{ verdict: ChangeVerdict }>(
      'SELECT operator_remove($1, $2, $3, $4) AS verdict',
      [name, enrolment, by, grantId ?? null],
    );
    const verdict = row?.verdict ?? 'unknown';
    return verdict === 'unknown' && (await this.wasRemoved(enrolment)) ? 'done' : verdict;
  }

  async wasCarriedOut(grantId: string): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT FROM operator_changes WHERE enrolment = $1 UNION ALL SELECT FROM removed_operators WHERE grant_id = $1`,
      [grantId],
    );
    return rows.length > 0;
  }

  async change(changed: ChangedEnrolment): Promise<ChangeVerdict> {
    const { enrolment, replaces, publicKey, roles, keyId, sealed, vouchers, recovery, codes } = changed;
    const [row] = await this.database.query<{ verdict: ChangeVerdict }>(
      'SELECT operator_change($1, $2, $3, $4, $5, $6, $7, $8, $9) AS verdict',
      [enrolment, replaces, publicKey, roles, keyId, sealed, JSON.stringify(vouchers), recovery, codes],
    );
    return row?.verdict ?? 'unknown';
  }

  private async insert(enrolment: Enrolment, first: boolean): Promise<boolean> {
    const { name, publicKey, roles, keyId, sealed, createdBy } = enrolment;
    const [row] = await this.database.query<{ enrolled: boolean }>(
      'SELECT operator_enrol($1, $2, $3, $4, $5, $6, $7, $8) AS enrolled',
      [name, publicKey, roles, enrolment.enrolment, keyId, sealed, createdBy, first],
    );
    return row?.enrolled === true;
  }
}
