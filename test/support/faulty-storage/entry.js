// The edge with a database, a bucket and stored embeddings that fail when the test says so: stands before its modules in workerd and asks the
// test, through a service, before every operation of any. JavaScript, because workerd takes it as it is.

import edge, * as classes from './index.js';

/** Retries as many and as the edge wants them, each after hundredths of its pauses. */
const hurry = 0.01;

export const QuotaObject = classes.QuotaObject;
export const MetricsObject = classes.MetricsObject;
export const EmbeddingObject = classes.EmbeddingObject;
export const FitWorkflow = withFaults(classes.FitWorkflow);
export const EvaluationWorkflow = withFaults(classes.EvaluationWorkflow);
export const ImportWorkflow = withFaults(classes.ImportWorkflow);
export const ProfileWorkflow = withFaults(classes.ProfileWorkflow);
export const BatchWorkflow = withFaults(classes.BatchWorkflow);
export const WebhookWorkflow = withFaults(classes.WebhookWorkflow);

// biome-ignore lint/style/noDefaultExport: the platform looks for its handlers there
export default {
  fetch: (request, env, context) => edge.fetch(request, faulty(env), context),
  scheduled: (controller, env, context) => edge.scheduled(controller, faulty(env), context),
};

function withFaults(Workflow) {
  return class extends Workflow {
    constructor(context, env) {
      super(context, faulty(env));
    }

    run(event, step) {
      return super.run(event, {
        do: (name, { retries, ...options }, work) =>
          step.do(name, { ...options, retries: { ...retries, delay: hurry * retries.delay } }, work),
      });
    }
  };
}

const made = new WeakMap();

/** The same for the same bindings, because the edge keeps what it makes of them. */
function faulty(env) {
  const known = made.get(env);
  if (known !== undefined) return known;
  const meet = createMeeting(env.FAULTS);
  const fresh = {
    ...env,
    DB: faultyDatabase(env.DB, meet),
    BUCKET: faultyBucket(env.BUCKET, meet),
    EMBEDDINGS: faultyObjects('EMBEDDINGS', env.EMBEDDINGS, meet),
  };
  made.set(env, fresh);
  return fresh;
}

/** Runs an operation unless the test wants it to fail, before it has an effect or after. */
function createMeeting(faults) {
  return async (operation, work) => {
    const answer = await faults.fetch('http://faults/', { method: 'POST', body: operation });
    const fault = await answer.text();
    if (fault === 'never') await new Promise(() => undefined);
    if (fault === 'before') throw new Error(`storage is away: ${operation}`);
    const result = await work();
    if (fault === 'after') throw new Error(`storage went away: ${operation}`);
    return result;
  };
}

function faultyBucket(bucket, meet) {
  const bound =
    (name) =>
    (key, ...rest) =>
      meet(`R2 ${name} ${keyOf(key)}`, () => bucket[name](key, ...rest));
  return {
    get: bound('get'),
    head: bound('head'),
    delete: bound('delete'),
    list: bound('list'),
    async put(key, value) {
      try {
        return await meet(`R2 put ${key}`, () => bucket.put(key, value));
      } catch (thrown) {
        // As the platform lets go of what it will not store.
        if (value instanceof ReadableStream && !value.locked) await value.cancel(thrown);
        throw thrown;
      }
    },
  };
}

/** Durable Objects by name, of whatever methods. */
function faultyObjects(kind, namespace, meet) {
  return {
    getByName: (name) => {
      const stub = namespace.getByName(name);
      const bound =
        (_target, method) =>
        (...rest) =>
          meet(`${kind} ${String(method)} ${name}`, () => stub[method](...rest));
      return new Proxy({}, { get: bound });
    },
  };
}

function keyOf(key) {
  return typeof key === 'string' ? key : JSON.stringify(key);
}

function faultyDatabase(database, meet) {
  const statementOf = (statement, sql) => {
    const bound =
      (name) =>
      (...rest) =>
        meet(`D1 ${sql}`, () => statement[name](...rest));
    return {
      statement,
      sql,
      bind: (...values) => statementOf(statement.bind(...values), sql),
      first: bound('first'),
      all: bound('all'),
      run: bound('run'),
      raw: bound('raw'),
    };
  };
  return {
    prepare: (sql) => statementOf(database.prepare(sql), sql.replaceAll(/\s+/g, ' ')),
    batch: (statements) =>
      meet(`D1 ${statements.map(({ sql }) => sql).join('; ')}`, () =>
        database.batch(statements.map(({ statement }) => statement)),
      ),
  };
}
