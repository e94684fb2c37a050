import { Counter, Gauge, Registry } from 'prom-client';
import type { MetricFamily } from '../../ports/metrics';

/** The text format that Prometheus scrapes (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export async function exposition(
  families: readonly MetricFamily[],
): Promise<{ readonly contentType: string; readonly text: string }> {
  const registry = new Registry();
  for (const { name, help, type, labels, samples } of families) {
    const settings = { name, help, labelNames: labels, registers: [registry] };
    if (type === 'counter') {
      const counter = new Counter(settings);
      for (const sample of samples) counter.inc(sample.labels, sample.value);
    } else {
      const gauge = new Gauge(settings);
      for (const sample of samples) gauge.set(sample.labels, sample.value);
    }
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}
