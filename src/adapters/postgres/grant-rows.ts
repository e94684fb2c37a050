import type { ErrorCode } from '../../domain/errors';
import { isErrorCode } from '../../domain/errors';
import type { GrantJudgement, GrantRow, GrantRows, SealedOperator } from '../../ports/grant-rows';
import type { Database, Transaction } from './database';
import { findSealed } from './operator-rows';

interface StoredGrant {
  readonly id: string;
  readonly signed_text: string;
  readonly signature: string;
  readonly otp: string | null;
  readonly created_at: Date;
  readonly age_ms: string;
  readonly verdict: string | null;
  readonly verdict_seal: string | null;
}

const GRANT_COLUMNS = `id, signed_text, signature, otp, created_at, verdict, verdict_seal,
  extract(epoch FROM clock_timestamp() - created_at) * 1000 AS age_ms`;

/** Grants and their use in `grants`, `grant_uses` and `operator_totp_steps`; a verdict is written by functions that go one way. */
export class PostgresGrants implements GrantRows {
  constructor(private readonly database: Database) {}

  async deposit(grant: Pick<GrantRow, 'id' | 'signedText' | 'signature' | 'otp'>): Promise<void> {
    await this.database.execute(
      'INSERT INTO grants (id, signed_text, signature, otp) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING',
      [grant.id, grant.signedText, grant.signature, grant.otp],
    );
  }

  async find(grantId: string): Promise<GrantRow | undefined> {
    const [row] = await this.database.query<StoredGrant & { readonly uses: readonly string[] }>(
      `SELECT ${GRANT_COLUMNS}, ARRAY(SELECT use FROM grant_uses WHERE grant_id = id) AS uses FROM grants WHERE id = $1`,
      [grantId],
    );
    return row && grantRow(row, row.uses);
  }

  operator(name: string): Promise<SealedOperator | undefined> {
    return findSealed(this.database, name);
  }

  async formerVouchers(name: string, sinceMs: number): Promise<readonly string[]> {
    const rows = await this.database.query<{ by: string }>(
      `SELECT created_by AS by FROM removed_operators WHERE name = $1 AND removed_at >= $2
       UNION SELECT voucher ->> 'by' FROM removed_operators, jsonb_array_elements(vouchers) AS voucher
         WHERE name = $1 AND removed_at >= $2 ORDER BY by`,
      [name, new Date(sinceMs)],
    );
    return rows.map(({ by }) => by);
  }

  judge<T>(grantId: string, judge: (judgement: GrantJudgement) => Promise<T>): Promise<T> {
    return this.database.transaction(async (transaction) => {
      const grant = await lockGrant(transaction, grantId);
      return judge(judgementOf(transaction, grantId, grant));
    });
  }
}

async function lockGrant(transaction: Transaction, id: string): Promise<GrantRow | undefined> {
  // A statement of its own: the next one sees what whoever held the lock has written.
  await transaction.query('SELECT grant_lock($1)', [id]);
  const [row] = await transaction.query<StoredGrant>(`SELECT ${GRANT_COLUMNS} FROM grants WHERE id = $1`, [id]);
  if (row === undefined) return undefined;
  const uses = await transaction.query<{ use: string }>('SELECT use FROM grant_uses WHERE grant_id = $1', [id]);
  return grantRow(
    row,
    uses.map(({ use }) => use),
  );
}

function grantRow(row: StoredGrant, uses: readonly string[]): GrantRow {
  return {
    id: row.id,
    signedText: row.signed_text,
    signature: row.signature,
    otp: row.otp,
    createdAtMs: row.created_at.getTime(),
    ageMs: Number(row.age_ms),
    verdict: verdictOf(row.verdict),
    verdictSeal: row.verdict_seal,
    uses,
  };
}

/** A word that is no verdict was written by somebody else: it must not count as one that lets pass. */
function verdictOf(stored: string | null): 'valid' | ErrorCode | null {
  if (stored === null || stored === 'valid') return stored;
  return isErrorCode(stored) ? stored : 'NOT_AUTHORISED';
}

function judgementOf(transaction: Transaction, grantId: string, grant: GrantRow | undefined): GrantJudgement {
  return {
    grant,
    lockOperator: async (name) => {
      await transaction.query('SELECT operator_lock($1)', [name]);
      return findSealed(transaction, name);
    },
    wasAccepted: async (requestSha256) => {
      const rows = await transaction.query('SELECT FROM grants WHERE request_sha256 = $1 AND id <> $2', [
        requestSha256,
        grantId,
      ]);
      return rows.length > 0;
    },
    takeTotpStep: async (operator: SealedOperator, step) => {
      const [row] = await transaction.query<{ taken: boolean }>('SELECT grant_take_step($1, $2, $3, $4) AS taken', [
        grantId,
        operator.operator.name,
        operator.enrolment,
        step,
      ]);
      return row?.taken === true;
    },
    countMiss: async (operator: SealedOperator) => {
      const [row] = await transaction.query<{ misses: number }>('SELECT grant_miss($1, $2) AS misses', [
        grantId,
        operator.operator.name,
      ]);
      return row?.misses ?? 0;
    },
    takeRecoveryCode: async (operator, digest) => {
      const [row] = await transaction.query<{ taken: boolean }>('SELECT grant_take_recovery($1, $2, $3) AS taken', [
        grantId,
        operator.operator.name,
        digest,
      ]);
      return row?.taken === true;
    },
    countRecoveryMiss: async (operator) => {
      const [row] = await transaction.query<{ misses: number }>('SELECT grant_recovery_miss($1, $2) AS misses', [
        grantId,
        operator.operator.name,
      ]);
      return row?.misses ?? 0;
    },
    accept: async (requestSha256, verdictSeal) => {
      await transaction.query('SELECT grant_accept($1, $2, $3)', [grantId, requestSha256, verdictSeal]);
    },
    refuse: async (verdict) => {
      await transaction.query('SELECT grant_refuse($1, $2)', [grantId, verdict]);
    },
    recordUse: async (use) => {
      await transaction.query('SELECT grant_use($1, $2)', [grantId, use]);
    },
  };
}
