/** The tags of buses, rules and archives, by ARN. They have no effect. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export class Tags {
  readonly #byArn = new Map<string, Map<string, string>>();

  add(arn: string, tags: readonly Tag[]): void {
    if (tags.length === 0) return;
    const held = this.#byArn.get(arn) ?? new Map<string, string>();
    for (const { Key, Value } of tags) held.set(Key, Value);
    this.#byArn.set(arn, held);
  }

  remove(arn: string, keys: readonly string[]): void {
    for (const key of keys) this.#byArn.get(arn)?.delete(key);
  }

  of(arn: string): readonly Tag[] {
    return [...(this.#byArn.get(arn) ?? [])].map(([Key, Value]) => ({ Key, Value }));
  }
}
