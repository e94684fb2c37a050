/** One metric with all that is known of it now. */
export interface MetricFamily {
  /** As Prometheus has names: `firebreak_acts_total`. */
  readonly name: string;
  readonly help: string;
  /** A counter only grows; a gauge may do both. */
  readonly type: 'counter' | 'gauge';
  readonly labels: readonly string[];
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

export interface MetricsSource {
  /** All of one moment. @throws FirebreakError DATABASE_UNREACHABLE */
  families(): Promise<readonly MetricFamily[]>;
}
