import type { IncidentId } from '../domain/ids';
import type { HostScript } from './host-shell';

/** The texts of programs that ran on hosts, for the evidence (E4). */
export interface ProgramKeeper {
  /** Keeps the text until the bag is sealed; once for each incident and text. The bag need not be open. */
  keep(incident: IncidentId, program: HostScript): Promise<void>;
}

/** Which incident it is that an activity is about. */
export interface IncidentScope {
  /** What runs on hosts during `work`, ran for this incident; undefined: for none. */
  within<T>(incident: IncidentId | undefined, work: () => Promise<T>): Promise<T>;
}
