import type { OperatorRole } from '../../domain/order';
import type { Operator } from '../../ports/authorisation';
import type { Enrolment, OperatorRows, SealedOperator } from '../../ports/grant-rows';
import type { Database } from './database';

/** A row of operators as `pg` gives it. */
export interface StoredOperator {
  readonly name: string;
  readonly public_key: string;
  readonly roles: readonly OperatorRole[];
  readonly enrolment: string;
  readonly key_id: string;
  readonly sealed: string;
  readonly misses: number;
  readonly locked_at: Date | null;
  readonly created_at: Date;
  readonly created_by: string;
}

export const OPERATOR_COLUMNS =
  'name, public_key, roles, enrolment, key_id, sealed, misses, locked_at, created_at, created_by';

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

/** The row with its sealed secret. */
export function sealedOperator(row: StoredOperator): SealedOperator {
  const { enrolment, key_id: keyId, sealed, misses } = row;
  return { operator: operatorOf(row), enrolment, keyId, sealed, misses };
}

const INSERT_COLUMNS = 'name, public_key, roles, enrolment, key_id, sealed, created_by';

function insertValues(enrolment: Enrolment): readonly unknown[] {
  const { name, publicKey, roles, keyId, sealed, createdBy } = enrolment;
  return [name, publicKey, roles, enrolment.enrolment, keyId, sealed, createdBy];
}

/** People and service identities in `operators`. */
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

  async insertFirst(enrolment: Enrolment): Promise<boolean> {
    // Of two that both see an empty table, the unique index on first_of_all lets one pass; the other one then reads
    // whose enrolment it was, which also answers a repeat after a lost connection.
    await this.database.execute(
      `INSERT INTO operators (${INSERT_COLUMNS}, first_of_all)
       SELECT $1, $2, $3::text[], $4::uuid, $5, $6, $7, true WHERE NOT EXISTS (SELECT FROM operators)
       ON CONFLICT DO NOTHING`,
      insertValues(enrolment),
    );
    const rows = await this.database.query('SELECT FROM operators WHERE enrolment = $1', [enrolment.enrolment]);
    return rows.length === 1;
  }

  async enrol(enrolment: Enrolment): Promise<void> {
    await this.database.execute(
      `INSERT INTO operators (${INSERT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (name) DO UPDATE SET
         public_key = excluded.public_key, roles = excluded.roles, enrolment = excluded.enrolment,
         key_id = excluded.key_id, sealed = excluded.sealed, created_by = excluded.created_by,
         created_at = clock_timestamp(), misses = 0, locked_at = NULL`,
      insertValues(enrolment),
    );
  }
}
