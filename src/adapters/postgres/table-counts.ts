import type { IncidentId } from '../../domain/ids';
import type { Database } from './database';

/** The four tables of B11. */
const TABLES = ['security_incidents', 'emergency_responses', 'access_controls', 'security_logs'] as const;

/** How many rows of an incident lie in each of the four tables (B11), by the name of the table. */
export async function tableCounts(
  database: Database,
  incident: IncidentId,
): Promise<Readonly<Record<(typeof TABLES)[number], number>>> {
  const counts = TABLES.map((table) => `(SELECT count(*)::integer FROM ${table} WHERE incident = $1) AS ${table}`);
  const [row] = await database.query<Record<(typeof TABLES)[number], number>>(`SELECT ${counts.join(', ')}`, [
    incident,
  ]);
  return row ?? { security_incidents: 0, emergency_responses: 0, access_controls: 0, security_logs: 0 };
}
