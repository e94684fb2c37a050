import type { ErrorCode } from '../../domain/errors';
import { isErrorCode } from '../../domain/errors';
import type { GrantJudgement, GrantRow, GrantRows, SealedOperator } from '../../ports/grant-rows';
import type { Database, Transaction } from './database';
import { OPERATOR_COLUMNS, sealedOperator, type StoredOperator } from './operator-rows';

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

/** Grants and their use in `grants`, `grant_uses` and `operator_totp_steps`. */
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

  judge<T>(grantId: string, judge: (judgement: GrantJudgement) => Promise<T>): Promise<T> {
    return this.database.transaction(async (transaction) => {
      const grant = await lockGrant(transaction, grantId);
      return judge(judgementOf(transaction, grantId, grant));
    });
  }
}

async function lockGrant(transaction: Transaction, id: string): Promise<GrantRow | undefined> {
  const [row] = await transaction.query<StoredGrant>(`SELECT ${GRANT_COLUMNS} FROM grants WHERE id = $1 FOR UPDATE`, [
    id,
  ]);
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
      const [row] = await transaction.query<StoredOperator>(
        `SELECT ${OPERATOR_COLUMNS} FROM operators WHERE name = $1 FOR UPDATE`,
        [name],
      );
      return row && sealedOperator(row);
    },
    wasAccepted: async (requestSha256) => {
      const rows = await transaction.query('SELECT FROM grants WHERE request_sha256 = $1 AND id <> $2', [
        requestSha256,
        grantId,
      ]);
      return rows.length > 0;
    },
    takeTotpStep: async (operator: SealedOperator, step) => {
      const rows = await transaction.query(
        `INSERT INTO operator_totp_steps (operator, enrolment, step) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING RETURNING step`,
        [operator.operator.name, operator.enrolment, step],
      );
      return rows.length === 1;
    },
    setMisses: async (operator: SealedOperator, misses, lock) => {
      await transaction.query(
        `UPDATE operators SET misses = $2, locked_at = CASE WHEN $3 THEN clock_timestamp() ELSE locked_at END
         WHERE name = $1`,
        [operator.operator.name, misses, lock],
      );
    },
    accept: async (requestSha256, verdictSeal) => {
      await transaction.query(
        `UPDATE grants SET verdict = 'valid', request_sha256 = $2, verdict_seal = $3, otp = NULL,
           judged_at = clock_timestamp() WHERE id = $1`,
        [grantId, requestSha256, verdictSeal],
      );
    },
    refuse: async (verdict) => {
      await transaction.query(
        'UPDATE grants SET verdict = $2, otp = NULL, judged_at = clock_timestamp() WHERE id = $1',
        [grantId, verdict],
      );
    },
    recordUse: async (use) => {
      await transaction.query('INSERT INTO grant_uses (grant_id, use) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        grantId,
        use,
      ]);
    },
  };
}
