/** The machine that this process runs on. */
export interface OwnMachine {
  readonly name: string;
  /** The load of the last minute, divided by the number of processors. */
  load(): number;
}
