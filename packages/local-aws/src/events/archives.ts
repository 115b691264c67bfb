/**
 * The archives: what was accepted on a bus, kept for a replay.
 *
 * Promise: an archive keeps the events that its pattern wants, from its creation on, for its days of retention. Everything
 * is in memory: it is forgotten with the process, and above `maxEvents` or `maxBytes` an archive forgets its oldest events
 * (AWS has no such bound, memory has), which is counted.
 */
import type { CompiledPattern } from '@commerce/events/pattern';
import { archiveArn, type Account } from '../account.ts';
import { AwsError } from '../aws-error.ts';
import type { AcceptedEvent } from './envelope.ts';
import { compile, type EventBuses } from './event-buses.ts';

export interface ArchiveLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

interface ArchiveSettings {
  readonly description?: string | undefined;
  readonly patternText?: string | undefined;
  /** 0 keeps events without end. */
  readonly retentionDays?: number | undefined;
}

export interface ArchiveSpec extends ArchiveSettings {
  readonly name: string;
  readonly sourceArn: string;
}

export interface Archives {
  create(spec: ArchiveSpec): Archive;
  /** Changes what is given and leaves the rest. */
  update(name: string, settings: ArchiveSettings): Archive;
  delete(name: string): void;
  get(name: string): Archive;
  find(name: string): Archive | undefined;
  list(): readonly Archive[];
}

const DAY_MS = 86_400_000;
/** What an archive without a pattern keeps: every event has this version. */
const EVERYTHING = '{"version":["0"]}';

export class Archive {
  readonly name: string;
  readonly arn: string;
  readonly sourceArn: string;
  readonly createdAtMs: number;
  settings: ArchiveSettings;
  pattern: CompiledPattern;
  forgotten = 0;
  readonly #limits: ArchiveLimits;
  #events: AcceptedEvent[] = [];
  /** The events before this place are gone. */
  #from = 0;
  #bytes = 0;

  constructor(arn: string, { name, sourceArn, ...settings }: ArchiveSpec, createdAtMs: number, limits: ArchiveLimits) {
    this.name = name;
    this.arn = arn;
    this.sourceArn = sourceArn;
    this.createdAtMs = createdAtMs;
    this.settings = settings;
    this.pattern = compile(settings.patternText ?? EVERYTHING);
    this.#limits = limits;
  }

  /** Keeps the event. */
  record(event: AcceptedEvent): void {
    this.#events.push(event);
    this.#bytes += Buffer.byteLength(event.text);
    while (this.count > this.#limits.maxEvents || this.#bytes > this.#limits.maxBytes) {
      this.#dropOldest();
      this.forgotten += 1;
    }
  }

  /** The kept events, those older than the retention left out. */
  events(nowMs: number): readonly AcceptedEvent[] {
    const { retentionDays = 0 } = this.settings;
    const since = retentionDays === 0 ? -Infinity : nowMs - retentionDays * DAY_MS;
    while (this.count > 0 && (this.#events[this.#from] as AcceptedEvent).acceptedAtMs < since) this.#dropOldest();
    return this.#events.slice(this.#from);
  }

  get count(): number {
    return this.#events.length - this.#from;
  }

  get bytes(): number {
    return this.#bytes;
  }

  #dropOldest(): void {
    this.#bytes -= this.#events[this.#from]?.text.length ?? 0;
    this.#from += 1;
    if (this.#from * 2 < this.#events.length) return;
    this.#events = this.#events.slice(this.#from);
    this.#from = 0;
  }
}

export function createArchives(account: Account, buses: EventBuses, nowMs: () => number, limits: ArchiveLimits): Archives {
  const archives = new Map<string, Archive>();

  function create(spec: ArchiveSpec): Archive {
    const bus = buses.get(spec.sourceArn);
    if (archives.has(spec.name)) throw new AwsError('ResourceAlreadyExistsException', `Archive ${spec.name} already exists.`);
    const archive = new Archive(archiveArn(account, spec.name), { ...spec, sourceArn: bus.arn }, nowMs(), limits);
    archives.set(spec.name, archive);
    bus.putArchive(archive);
    return archive;
  }

  function get(name: string): Archive {
    const archive = archives.get(name);
    if (archive === undefined) throw new AwsError('ResourceNotFoundException', `Archive ${name} does not exist.`);
    return archive;
  }

  function update(name: string, settings: ArchiveSettings): Archive {
    const archive = get(name);
    const next = { ...archive.settings, ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) };
    archive.pattern = compile(next.patternText ?? EVERYTHING);
    archive.settings = next;
    buses.find(archive.sourceArn)?.putArchive(archive);
    return archive;
  }

  function remove(name: string): void {
    const archive = get(name);
    archives.delete(name);
    buses.find(archive.sourceArn)?.removeArchive(archive);
  }

  return { create, update, delete: remove, get, find: (name) => archives.get(name), list: () => [...archives.values()] };
}
