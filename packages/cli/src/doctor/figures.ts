/** The figures that the doctor judges, out of the text of Prometheus. Pure. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All samples of one name. */
export function samplesOf(text: string, name: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, found, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (found !== name) return [];
    return [{ labels: Object.fromEntries([...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label, text])), value: Number(value) }];
  });
}

/** The greatest; undefined when there is none. */
export function greatest(samples: readonly Sample[]): Sample | undefined {
  return samples.toSorted((a, b) => b.value - a.value)[0];
}

export function sumOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { value }) => sum + value, 0);
}
