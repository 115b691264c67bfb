/**
 * A Kafka broker of this machine: one process that is broker and controller, on 127.0.0.1 alone, with a directory of its own.
 *
 * Promise: what it has acknowledged is there again after a kill and a restart on the same directory and ports. It has no
 * replicas, and no TLS and no passwords unless it is given some: it is for work on one machine, and for tests.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { JARS, missingForBroker } from './jars.file.ts';

export interface BrokerOptions {
  /** Holds its data, its settings and `broker.log`. Made when it is missing. */
  readonly directory: string;
  readonly port: number;
  readonly controllerPort: number;
  /** Connections are encrypted, and whoever comes signs in, by PLAIN or SCRAM. In clear and without a password when left out. */
  readonly security?: BrokerSecurity;
}

export interface BrokerSecurity {
  /** Paths of PEM files: the key of the broker and its certificate, of 127.0.0.1; and the authority that signed it. */
  readonly pairFile: string;
  readonly caFile: string;
  /** Only who shows a certificate that this authority has signed may come. Default: nobody need show one. */
  readonly asksForCertificates?: boolean;
  /** The one account, letters and digits. */
  readonly username: string;
  readonly password: string;
}

export interface Broker {
  /** `127.0.0.1:9092`. */
  readonly address: string;
  /** Resolves when the broker takes connections. Throws with the end of its log when it ends before, or after 60 s. */
  readonly start: () => Promise<void>;
  /** Ends it in good order; resolves when it has ended. */
  readonly stop: () => Promise<void>;
  /** Ends it as a fault does, with SIGKILL. */
  readonly kill: () => Promise<void>;
  /** Resolves when the process has ended, however. */
  readonly ended: () => Promise<void>;
}

const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const CLUSTER_ID = 'Y29tbWVyY2Uta2Fma2EtMQ';
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
const PROBE_INTERVAL_MS = 100;
const LOG_TAIL = 2_000;
const CLASS_PATH = ['-cp', join(JARS, '*')];

/** A broker that is not started yet. Throws when Java or the jars are missing. */
export function localBroker(options: BrokerOptions): Broker {
  const missing = missingForBroker();
  if (missing !== undefined) throw new Error(`No Kafka broker can be started: ${missing}.`);
  const broker = new LocalBroker(options);
  return {
    address: `127.0.0.1:${options.port}`,
    start: () => broker.start(),
    stop: () => broker.end('SIGTERM'),
    kill: () => broker.end('SIGKILL'),
    ended: () => broker.ended(),
  };
}

class LocalBroker {
  readonly #options: BrokerOptions;
  readonly #settings: string;
  readonly #log: string;
  #process: ChildProcess | undefined;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#settings = join(options.directory, 'server.properties');
    this.#log = join(options.directory, 'broker.log');
  }

  async start(): Promise<void> {
    this.#prepare();
    const log = openSync(this.#log, 'a');
    const memory = ['-Xms256m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const child = spawn('java', [...memory, ...CLASS_PATH, 'kafka.Kafka', this.#settings], { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#process = child;
    const deadlineMs = performance.now() + START_LIMIT_MS;
    while (!(await takesConnections(this.#options.port))) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The Kafka broker has ended: ${this.#tail()}`);
      if (performance.now() > deadlineMs) {
        await this.end('SIGKILL');
        throw new Error(`The Kafka broker did not start within ${START_LIMIT_MS / 1_000} s: ${this.#tail()}`);
      }
      await wait(PROBE_INTERVAL_MS);
    }
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    child.kill(signal);
    await this.ended();
    clearTimeout(late);
    this.#process = undefined;
  }

  async ended(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => child.once('exit', resolve));
  }

  /** Writes the settings, and formats the directory the first time. */
  #prepare(): void {
    const data = join(this.#options.directory, 'data');
    mkdirSync(data, { recursive: true });
    writeFileSync(this.#settings, settingsOf(this.#options, data));
    if (existsSync(join(data, 'meta.properties'))) return;
    const { status, stdout, stderr } = spawnSync('java', [...CLASS_PATH, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', this.#settings, ...accountsOf(this.#options)], { encoding: 'utf8', timeout: START_LIMIT_MS });
    if (status !== 0) throw new Error(`The directory of the Kafka broker could not be made: ${stdout}${stderr}`);
  }

  #tail(): string {
    return readFileSync(this.#log, 'utf8').slice(-LOG_TAIL);
  }
}

function settingsOf({ port, controllerPort, security }: BrokerOptions, data: string): string {
  const all: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `BROKER://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `BROKER://127.0.0.1:${port}`,
    'listener.security.protocol.map': `BROKER:${security === undefined ? 'PLAINTEXT' : 'SASL_SSL'},CONTROLLER:PLAINTEXT`,
    ...(security && secured(security)),
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': data,
    // Topics are made with their partitions by whoever owns them; one that is misspelt is to be refused.
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // Members that are killed may be missed soon, if they say so.
    'group.min.session.timeout.ms': 1_000,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 8_388_608,
    'log.cleaner.threads': 1,
  };
  return Object.entries(all).map(([name, value]) => `${name}=${value}\n`).join('');
}

function secured({ pairFile, caFile, asksForCertificates = false, username, password }: BrokerSecurity): Record<string, string> {
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  return {
    'ssl.keystore.type': 'PEM', 'ssl.keystore.location': pairFile, 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': caFile,
    // Of a listener with passwords Kafka asks for certificates only where its own name says so.
    ...(asksForCertificates && { 'listener.name.broker.ssl.client.auth': 'required' }),
    'sasl.enabled.mechanisms': ['PLAIN', ...SCRAM].join(','), 'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'listener.name.broker.plain.sasl.jaas.config': `${plain} username="${username}" password="${password}" user_${username}="${password}";`,
    ...Object.fromEntries(SCRAM.map((mechanism) => [`listener.name.broker.${mechanism.toLowerCase()}.sasl.jaas.config`, 'org.apache.kafka.common.security.scram.ScramLoginModule required;'])),
  };
}

/** The accounts of SCRAM stand in the directory. */
function accountsOf({ security }: BrokerOptions): string[] {
  return security === undefined ? [] : SCRAM.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${security.username},password=${security.password}]`]);
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const tell = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => tell(true));
    socket.once('error', () => tell(false));
  });
}
