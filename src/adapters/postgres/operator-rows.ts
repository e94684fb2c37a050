import type { OperatorRole } from '../../domain/order';
import type { Operator } from '../../ports/authorisation';
import type { Enrolment, OperatorRows, SealedOperator } from '../../ports/grant-rows';
import type { Database, Transaction } from './database';

/** A row of operators as `pg` gives it. */
interface StoredOperator {
  readonly name: string;
  readonly public_key: string;
  readonly roles: readonly OperatorRole[];
  readonly locked_at: Date | null;
  readonly created_at: Date;
  readonly created_by: string;
}

interface StoredSeal {
  readonly enrolment: string;
  readonly key_id: string;
  readonly sealed: string;
  readonly misses: number;
}

/** What everybody may read who reads anything. */
const OPERATOR_COLUMNS = 'name, public_key, roles, locked_at, created_at, created_by';

function operatorOf(row: StoredOperator): Operator {
  return {
    name: row.name,
    publicKey: row.public_key,
    roles: row.roles,
    locked: row.locked_at !== null,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
  };
}

/** The row with its sealed secret; only workers may read that. */
export async function findSealed(database: Transaction, name: string): Promise<SealedOperator | undefined> {
  const [row] = await database.query<StoredOperator & StoredSeal>(
    `SELECT ${OPERATOR_COLUMNS}, enrolment, key_id, sealed, misses FROM operators WHERE name = $1`,
    [name],
  );
  if (row === undefined) return undefined;
  const { enrolment, key_id: keyId, sealed, misses } = row;
  return { operator: operatorOf(row), enrolment, keyId, sealed, misses };
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

  async remove(name: string, enrolment: string, by: string): Promise<boolean> {
    const [row] = await this.database.query<{ removed: boolean }>('SELECT operator_remove($1, $2, $3) AS removed', [
      name,
      enrolment,
      by,
    ]);
    return row?.removed === true || this.wasRemoved(enrolment);
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
