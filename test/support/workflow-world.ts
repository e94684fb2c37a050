import { setMaxListeners } from 'node:events';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { Context } from '@temporalio/activity';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundle } from '@temporalio/worker';
import { Runtime, Worker, makeTelemetryFilterString } from '@temporalio/worker';
import type { Duration, Workflow, WorkflowResultType } from '@temporalio/common';
import type { IncidentId } from '../../src/domain/ids';
import type { IncidentOrder } from '../../src/domain/incident';
import type { QueueName } from '../../src/domain/queues';
import { SEARCH_ATTRIBUTES, TASK_QUEUES } from '../../src/domain/queues';
import { makeVersionCurrent } from '../../temporal/worker-deployment';
import type { incident as incidentWorkflow, response as responseWorkflow } from '../../workflows';
import type { IncidentInput, OrderReply, ResponseResult } from '../../workflows/messages';
import { workflowIds } from '../../workflows/messages';
import type { LoggedEvent } from './event-log';
import { eventLog } from './event-log';
import { sampleOrder } from './incident-samples';
import type { ActivityName, Call, Overrides } from './mock-activities';
import { QUEUE_OF, goodWorld } from './mock-activities';
import { startSkippingServer } from './skipping-server';
import { StandInRecord } from './stand-in-record';
import { LostLocks } from './lost-locks';
import { shippedBundle } from './workflow-bundles';

export const quiet = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};

export interface WorldOptions {
  readonly bundle?: () => Promise<WorkflowBundle>;
  readonly maxCachedWorkflows?: number;
  /** A running server in place of the one that skips time. */
  readonly server?: { readonly address: string; readonly namespace: string };
}

/** Server, workers of all four queues, and stand-ins for the activities; the workflows are the real ones. */
export class WorkflowWorld {
  readonly calls: Call[] = [];
  private readonly overrides = new Map<string, Overrides>();
  private readonly orders = new Map<IncidentId, IncidentOrder>();
  private readonly records = new Map<string, StandInRecord>();
  private workers: { readonly worker: Worker; readonly running: Promise<void> }[] = [];

  private readonly started = new Set<string>();
  private locks: LostLocks;
  private open = stoppable();
  /** A server that has hung once skips no time for the next test either. */
  private hung = false;

  private constructor(
    public env: TestWorkflowEnvironment,
    private readonly options: WorldOptions,
  ) {
    this.locks = new LostLocks(env);
  }

  static async open(options: WorldOptions = {}): Promise<WorkflowWorld> {
    Runtime.install({
      logger: { ...quiet, log: () => undefined, trace: () => undefined },
      telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
    });
    const world = new WorkflowWorld(await openEnvironment(options), options);
    try {
      await world.startWorkers();
      return world;
    } catch (thrown) {
      await world.close();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    // A call that is still under way when its channel closes is tried again by the client's timer, and throws out of it.
    this.open.abort();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await this.env.teardown();
  }

  /** A call to the server that may still be under way when the world closes. */
  private async calling<T>(work: () => Promise<T>): Promise<T> {
    const { open } = this;
    // The connection listens for the end of the world, but does not look whether it has come.
    open.signal.throwIfAborted();
    // A signal of its own: it listens anew with each request and never stops, and a world makes thousands.
    const call = new AbortController();
    const end = (): void => call.abort();
    open.signal.addEventListener('abort', end);
    try {
      return await this.env.connection.withAbortSignal(call.signal, work);
    } finally {
      open.signal.removeEventListener('abort', end);
    }
  }

  async startWorkers(): Promise<void> {
    const workflowBundle = await (this.options.bundle ?? shippedBundle)();
    const shared = {
      connection: this.env.nativeConnection,
      namespace: this.env.namespace ?? 'default',
      maxHeartbeatThrottleInterval: '1 s',
      defaultHeartbeatThrottleInterval: '1 s',
      shutdownForceTime: '5 s',
      // The real server takes what our workflows say of their versioning from versioned workers only.
      ...(this.options.server === undefined
        ? {}
        : {
            workerDeploymentOptions: {
              version: VERSION,
              useWorkerVersioning: true as const,
              defaultVersioningBehavior: 'PINNED' as const,
            },
          }),
    } as const;
    const queues: readonly QueueName[] = ['flow', 'contain', 'evidence', 'notify'];
    for (const queue of queues) {
      const worker = await Worker.create({
        ...shared,
        taskQueue: TASK_QUEUES[queue],
        activities: this.standIns(queue),
        ...(queue === 'flow' ? { workflowBundle, maxCachedWorkflows: this.options.maxCachedWorkflows ?? 100 } : {}),
      });
      this.workers.push({ worker, running: worker.run() });
    }
    if (this.options.server !== undefined)
      await makeVersionCurrent(this.env.connection, { ...VERSION, namespace: this.options.server.namespace });
  }

  async stopWorkers(): Promise<void> {
    const workers = this.workers.splice(0);
    for (const { worker } of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.all(workers.map(({ running }) => running));
  }

  /** Declares an incident now, by the server's clock, and says how its activities behave. */
  async declare(changes: Partial<IncidentOrder> = {}, overrides: Overrides = {}): Promise<IncidentOrder> {
    const order = sampleOrder(new Date(await this.env.currentTimeMs()).toISOString(), changes);
    this.orders.set(order.incident, order);
    this.overrides.set(order.incident, overrides);
    return order;
  }

  /** Starts a declared incident, as `firebreak respond` does. */
  start(order: IncidentOrder, more: Partial<IncidentInput> = {}): Promise<IncidentHandle> {
    this.started.add(order.incident);
    return this.env.client.workflow.start<typeof incidentWorkflow>('incident', {
      workflowId: workflowIds.incident(order.incident),
      taskQueue: TASK_QUEUES.flow,
      args: [{ order, grantId: 'grant-alice', title: 'attack on web-1', ...more }],
    });
  }

  /** Gives an order as `firebreak approve`, `release` … do: an Update with a grant of the operator's. */
  give(order: IncidentOrder, action: string, by = 'bob', more: Record<string, unknown> = {}): Promise<OrderReply> {
    const granted = { grantId: `grant-${by}-${action}`, operator: by, reason: 'by the test', ...more };
    return this.calling(() =>
      this.incident(order).executeUpdate<OrderReply, [typeof granted]>(action, { args: [granted] }),
    );
  }

  /** Declares and starts in one go. */
  async respond(changes: Partial<IncidentOrder> = {}, overrides: Overrides = {}): Promise<IncidentOrder> {
    const order = await this.declare(changes, overrides);
    await this.start(order);
    return order;
  }

  /** Waits for the response's end, in skipped time. */
  async responseOf(order: IncidentOrder, attempt: 1 | 2 = 1): Promise<ResponseResult> {
    const handle = this.env.client.workflow.getHandle<typeof responseWorkflow>(
      workflowIds.response(order.incident, attempt),
    );
    if (attempt === 2) await this.responseOf(order, 1).catch(() => undefined);
    await this.until(`response ${attempt} of ${order.incident} starts`, () => this.exists(handle.workflowId));
    return this.result<typeof responseWorkflow>(handle.workflowId);
  }

  /** Waits for a workflow's end, in skipped time. */
  async result<W extends Workflow>(workflowId: string): Promise<WorkflowResultType<W>> {
    return this.skipping(() => this.env.client.workflow.getHandle<W>(workflowId).result());
  }

  /** Lets the server's clock run on by this much, as far as nothing is under way. */
  async pass(duration: Duration): Promise<void> {
    await this.skipping(() => this.env.sleep(duration));
  }

  private async skipping<T>(work: () => Promise<T>): Promise<T> {
    const { open, locks } = this;
    let over = false;
    const done = this.calling(work).finally(() => {
      over = true;
    });
    done.catch(() => undefined);
    const giveUp = Date.now() + HANGS_AFTER_MS;
    while (!over && !open.signal.aborted) {
      if (Date.now() > giveUp) {
        this.hung = true;
        throw new Error(`the test server hangs\n${await this.lastEvents()}`);
      }
      await this.calling(() => locks.giveBack());
      await Promise.race([done.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 100))]);
    }
    return done;
  }

  /** Where the workflows of open incidents stand, for whoever reads that one of them hangs. */
  private async lastEvents(): Promise<string> {
    const ids = [...this.orders.keys()].flatMap((id) => [id, workflowIds.response(id, 1), workflowIds.response(id, 2)]);
    const tails = ids.map(async (id) => {
      const log = await this.log(id).catch(() => []);
      return log.slice(-20).map(({ at, kind, name, about, summary }) => [id, at, kind, name, about, summary].join(' '));
    });
    return (await Promise.all(tails)).flat().join('\n');
  }

  /** The incident's handle; its `result()` waits in skipped time. */
  incident(order: IncidentOrder): IncidentHandle {
    const id = workflowIds.incident(order.incident);
    return this.env.client.workflow.getHandle<typeof incidentWorkflow>(id) as unknown as IncidentHandle;
  }

  /** Polls in real time; for what happens at once. `advance` also lets the server's clock run on by this much a look. */
  async until(what: string, holds: () => boolean | Promise<boolean>, advance?: Duration): Promise<void> {
    for (let look = 0; look < 400; look += 1) {
      if (await holds()) return;
      if (advance === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
      else await this.pass(advance);
    }
    throw new Error(`waited in vain until ${what}`);
  }

  async exists(workflowId: string): Promise<boolean> {
    try {
      await this.env.client.workflow.getHandle(workflowId).describe();
      return true;
    } catch (thrown) {
      if (thrown instanceof WorkflowNotFoundError) return false;
      throw thrown;
    }
  }

  async log(workflowId: string, runId?: string): Promise<readonly LoggedEvent[]> {
    return eventLog(await this.env.client.workflow.getHandle(workflowId, runId).fetchHistory());
  }

  responseLog(order: IncidentOrder, attempt: 1 | 2 = 1): Promise<readonly LoggedEvent[]> {
    return this.log(workflowIds.response(order.incident, attempt));
  }

  /** The attempts of one activity for one incident, in their order. */
  callsOf(order: IncidentOrder, name?: ActivityName): readonly Call[] {
    return this.calls.filter((call) => call.incident === order.incident && (name === undefined || call.name === name));
  }

  /** Milliseconds between the attempts of an activity, by the server’s clock. */
  gaps(order: IncidentOrder, name: ActivityName, of: (call: Call) => boolean = () => true): readonly number[] {
    const at = this.callsOf(order, name)
      .filter(of)
      .map((call) => call.at);
    return at.slice(1).map((time, index) => time - (at[index] ?? 0));
  }

  /** Keys of all notices that people were told. */
  told(order: IncidentOrder): readonly string[] {
    return this.callsOf(order, 'resolveRecipients').map((call) => (call.input.notice as { key: string }).key);
  }

  /**
   * Ends what a test has left open, so that its timers do not move the next test's clock: as an operator would, because the test
   * server never skips time again after it has terminated a workflow in the midst of something. What does not end so is left behind
   * with its server.
   */
  async endIncidents(): Promise<void> {
    const open = [...this.orders.values()].filter((order) => this.started.delete(order.incident));
    for (const order of open) this.overrides.set(order.incident, {});
    if (!(await this.endAll(open))) await this.renew();
    this.orders.clear();
  }

  private async endAll(orders: readonly IncidentOrder[]): Promise<boolean> {
    if (this.hung) return false;
    try {
      for (const order of orders) await within(END_WITHIN_MS, this.standDown(order));
      return true;
    } catch {
      return false;
    }
  }

  /** A fresh server and workers. */
  async renew(): Promise<void> {
    this.orders.clear();
    this.started.clear();
    await this.close();
    this.open = stoppable();
    this.hung = false;
    this.env = await openEnvironment(this.options);
    this.locks = new LostLocks(this.env);
    await this.startWorkers();
  }

  private async standDown(order: IncidentOrder): Promise<void> {
    const { status } = await this.calling(() => this.incident(order).describe());
    if (status.name !== 'RUNNING') return;
    const { open } = this;
    await this.give(order, 'stand-down', 'zoe').catch(() => undefined);
    // What was given up meanwhile has nothing to do with the world that came after.
    if (!open.signal.aborted) await this.result(order.incident);
  }

  private recordOf(incident: IncidentId): StandInRecord {
    const record = this.records.get(incident) ?? new StandInRecord();
    this.records.set(incident, record);
    return record;
  }

  private standIns(queue: QueueName): Record<string, (input: never) => Promise<unknown>> {
    const good = goodWorld(
      (incident) => {
        const order = this.orders.get(incident);
        if (order === undefined) throw new Error(`${incident} is over`);
        return order;
      },
      (incident) => this.recordOf(incident).recalled,
    );
    const names = (Object.keys(QUEUE_OF) as ActivityName[]).filter((name) => QUEUE_OF[name] === queue);
    return Object.fromEntries(
      names.map((name) => [
        name,
        async (input: never): Promise<unknown> => {
          const { attempt, workflowExecution } = Context.current().info;
          const at = await this.calling(() => this.env.currentTimeMs());
          const workflowId = workflowExecution?.workflowId ?? '';
          const incident = workflowId.split(':')[0] as IncidentId;
          this.locks.watch(workflowId, workflowExecution?.runId ?? '');
          this.calls.push({ name, incident, workflowId, attempt, at, input });
          const override = this.overrides.get(incident)?.[name] as ((input: never) => unknown) | undefined;
          const output = await (override === undefined ? good[name](input) : override(input));
          this.recordOf(incident).take(name, input, output);
          return output;
        },
      ]),
    );
  }
}

type IncidentHandle = WorkflowHandleWithFirstExecutionRunId<typeof incidentWorkflow>;

const VERSION = { deploymentName: 'firebreak', buildId: 'test' };

const END_WITHIN_MS = 60_000;
const HANGS_AFTER_MS = 180_000;

function stoppable(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

async function openEnvironment({ server }: WorldOptions): Promise<TestWorkflowEnvironment> {
  if (server !== undefined) return TestWorkflowEnvironment.createFromExistingServer(server);
  const env = await startSkippingServer();
  const types = { Keyword: 2, Bool: 5, KeywordList: 7 } as const;
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, types[type]])),
  });
  return env;
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${ms} ms`)), ms);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
