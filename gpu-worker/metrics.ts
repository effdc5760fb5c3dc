// What Prometheus reads at /metrics. Values that are states are read when it asks; the rest is counted as it happens.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Admission } from './clip/admission.ts';
import type { EngineObserver } from './clip/engine.ts';
import type { ModelStore } from './clip/model-store.ts';

export type Metrics = {
  readonly observer: EngineObserver;
  readonly picturesEncoded: (count: number) => void;
  readonly textsEncoded: (count: number) => void;
  readonly failed: (reason: string) => void;
  readonly requestDone: (route: string, status: number, seconds: number) => void;
  /** Adds the gauges of what exists only after the observer does. */
  readonly watch: (state: { admission: Admission; models: ModelStore; now: () => number }) => void;
  readonly text: () => Promise<string>;
  readonly contentType: string;
};

const secondBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const rowBuckets = [1, 2, 4, 8, 16, 32, 64, 128];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const count = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const distribution = (name: string, help: string, buckets: number[], labelNames: string[] = []) =>
    new Histogram({ name, help, buckets, labelNames, registers });

  const encode = distribution('icm_encode_seconds', 'Time of one batch in the model.', secondBuckets, [
    'lane',
  ]);
  const rows = distribution('icm_batch_rows', 'Rows of one batch.', rowBuckets, ['lane']);
  const decode = distribution('icm_decode_seconds', 'Decoding and preprocessing a picture.', secondBuckets);
  const intervene = distribution(
    'icm_intervention_seconds',
    'All interventions on a picture.',
    secondBuckets,
  );
  const requests = distribution('icm_request_seconds', 'Time of a request.', secondBuckets, [
    'route',
    'status',
  ]);
  const pictures = count('icm_pictures_encoded_total', 'Pictures encoded.');
  const texts = count('icm_texts_encoded_total', 'Texts encoded.');
  const failures = count('icm_failures_total', 'Requests and pictures that failed.', ['reason']);

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observer: {
      batchRun(batch) {
        encode.observe({ lane: batch.lane }, batch.runMs / 1000);
        rows.observe({ lane: batch.lane }, batch.rows);
      },
      picturePrepared({ decodeMs, interventionMs }) {
        decode.observe(decodeMs / 1000);
        if (interventionMs > 0) intervene.observe(interventionMs / 1000);
      },
    },
    picturesEncoded: (number) => pictures.inc(number),
    textsEncoded: (number) => texts.inc(number),
    failed: (reason) => failures.inc({ reason }),
    requestDone: (route, status, seconds) => requests.observe({ route, status }, seconds),
    watch: (state) => watchState(registry, state),
  };
}

function watchState(registry: Registry, { admission, models, now }: Parameters<Metrics['watch']>[0]): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('icm_queue_depth', 'Pictures of requests under way.', () => admission.depth());
  gauge('icm_queue_limit', 'Pictures under way beyond which requests are refused.', () => admission.limit);
  gauge(
    'icm_queue_age_seconds',
    'Age of the oldest request under way.',
    () => admission.oldestMs(now()) / 1000,
  );
  new Gauge({
    name: 'icm_model_bytes',
    help: 'Bytes of the files of each loaded model.',
    labelNames: ['model', 'revision', 'dimension'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { reference, embeddingDimension, byteLength } of models.loaded()) {
        this.set(
          { model: reference.id, revision: reference.revision, dimension: embeddingDimension },
          byteLength,
        );
      }
    },
  });
}
