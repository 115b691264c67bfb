/**
 * The endpoints as one process knows them, and an index that finds those that want an event without asking each.
 *
 * Promise: nothing of it is older than the version under which it was loaded. Endpoints that did not change keep what was made of
 * them: compiled filters, keys.
 */
import { compilePattern, compileRules } from '@commerce/events/pattern';
import type { CompiledPattern, CompiledRules } from '@commerce/events/pattern';
import type { Tx } from '@commerce/event-log/extension';
import { HELD_DAYS } from '../endpoint.ts';
import type { Endpoint } from '../endpoint.ts';
import { HEARD } from '../fan-out-entries.ts';
import { isWanted, mayHear, tellsOfEndpoint } from '../message-names.ts';
import { needsOrder } from '../order-row.ts';
import type { WebhookBody } from '@commerce/events/webhook-message';
import { readEndpoints, readRowVersions, readVersion } from './registry.pg.ts';

/** An endpoint, with what is made of it once. */
export interface Known {
  readonly endpoint: Endpoint;
  readonly filter: CompiledPattern | undefined;
}

const HELD_MS = HELD_DAYS * 86_400_000;
/** Of what is told with what came before it. */
const LATER_ORDER_NAMES = HEARD.filter(needsOrder).map(({ webhook }) => webhook);

interface Wanting {
  readonly unfiltered: readonly Known[];
  readonly filtered: readonly Known[];
  readonly rules: CompiledRules | undefined;
}

export class Registry {
  #version = 0;
  #byId: ReadonlyMap<string, Known> = new Map();
  #rowVersions: ReadonlyMap<string, string> = new Map();
  /** By webhook name, made when the first such event comes. */
  #wanting = new Map<string, Wanting>();
  #wantsOrders: boolean | undefined;
  /** By the clock of the database, Unix milliseconds; and when the next endpoint is disabled for too long to be planned for. */
  #nowMs = 0;
  #forgetsAtMs = Number.POSITIVE_INFINITY;

  /** Looks whether an endpoint has changed, and takes the change. May be sent behind other statements of a transaction. */
  async refresh(tx: Tx): Promise<void> {
    const { version, nowMs } = await readVersion(tx);
    this.#nowMs = nowMs;
    if (version === this.#version) {
      if (nowMs >= this.#forgetsAtMs) this.#lookAnew();
      return;
    }
    // One of ten thousand that has changed is read alone.
    const rowVersions = await readRowVersions(tx);
    const changed = [...rowVersions].filter(([id, rowVersion]) => this.#rowVersions.get(id) !== rowVersion).map(([id]) => id);
    const fresh = new Map(changed.length === 0 ? [] : (await readEndpoints(tx, changed)).map((one) => [one.endpoint.endpointId, one]));
    // Of two that were under way the newer one counts.
    if (version < this.#version) return;
    const byId = new Map<string, Known>();
    for (const id of rowVersions.keys()) {
      const read = fresh.get(id);
      const known = read === undefined ? this.#byId.get(id) : { endpoint: read.endpoint, filter: filterOf(read.endpoint) };
      if (known !== undefined) byId.set(id, known);
      if (read !== undefined) rowVersions.set(id, read.rowVersion);
    }
    this.#byId = byId;
    this.#rowVersions = rowVersions;
    this.#version = version;
    this.#lookAnew();
  }

  #lookAnew(): void {
    this.#wanting = new Map();
    this.#wantsOrders = undefined;
    this.#forgetsAtMs = Math.min(...[...this.#byId.values()].map(({ endpoint }) => forgottenAtMs(endpoint)).filter((atMs) => atMs > this.#nowMs));
  }

  /** Undefined for one that was deleted. */
  get(endpointId: string): Known | undefined {
    return this.#byId.get(endpointId);
  }

  /** True when somebody may want such an event: its body decides. */
  isWanted(name: string): boolean {
    const { unfiltered, filtered } = this.#wantingOf(name);
    return unfiltered.length > 0 || filtered.length > 0;
  }

  /** True when somebody may want an event of an order that is told with what came before it. */
  get wantsOrders(): boolean {
    return this.#wantsOrders ??= LATER_ORDER_NAMES.some((name) => this.isWanted(name));
  }

  /** Who wants this event. */
  wanting(name: string, body: WebhookBody): readonly Known[] {
    const { unfiltered, filtered, rules } = this.#wantingOf(name);
    const all = rules === undefined ? unfiltered : [...unfiltered, ...rules.match(body).flatMap((at) => filtered[at] ?? [])];
    return tellsOfEndpoint(name) ? all.filter(({ endpoint }) => mayHear(endpoint, name, body.data)) : all;
  }

  #wantingOf(name: string): Wanting {
    const known = this.#wanting.get(name);
    if (known !== undefined) return known;
    const all = [...this.#byId.values()].filter(({ endpoint }) => forgottenAtMs(endpoint) > this.#nowMs && endpoint.events.some((wanted) => isWanted(wanted, name)));
    const filtered = all.filter(({ filter }) => filter !== undefined);
    const wanting = {
      unfiltered: all.filter(({ filter }) => filter === undefined), filtered,
      rules: filtered.length === 0 ? undefined : compileRules(filtered.flatMap(({ filter }) => filter ?? [])),
    };
    this.#wanting.set(name, wanting);
    return wanting;
  }
}

/** From when on nothing more is held for it, Unix milliseconds. */
function forgottenAtMs({ status, disabledAt }: Endpoint): number {
  return status === 'enabled' || disabledAt === null ? Number.POSITIVE_INFINITY : disabledAt.getTime() + HELD_MS;
}

function filterOf({ filter }: Endpoint): CompiledPattern | undefined {
  return filter === null ? undefined : compilePattern(filter);
}
