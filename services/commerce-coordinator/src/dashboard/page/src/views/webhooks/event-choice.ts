/** Choosing events for a webhook: families and single names. Pure. */
export interface Family {
  /** `order`. */
  readonly prefix: string;
  /** Names in it, in order. */
  readonly names: readonly string[];
}

/** Told to nobody. */
const WITHHELD = /^audit\./;

export function familiesOf(names: readonly string[], text: string): Family[] {
  const wanted = text.trim().toLowerCase();
  const shown = [...new Set(names)].filter((name) => !WITHHELD.test(name) && name.includes('.') && name.toLowerCase().includes(wanted)).sort();
  return [...Map.groupBy(shown, (name) => name.slice(0, name.indexOf('.')))].map(([prefix, its]) => ({ prefix, names: its }));
}

/** Is it heard, by its own name or by a wildcard? */
export function isChosen(chosen: readonly string[], name: string): boolean {
  return chosen.some((one) => one === '*' || one === name || (one.endsWith('.*') && name.startsWith(one.slice(0, -1))));
}

/** By a wildcard: it cannot be taken out alone. */
export function isImplied(chosen: readonly string[], name: string): boolean {
  return isChosen(chosen.filter((one) => one !== name), name);
}

/** Puts it in or takes it out. A wildcard takes the place of what it stands for. */
export function toggled(chosen: readonly string[], name: string): string[] {
  if (chosen.includes(name)) return chosen.filter((one) => one !== name);
  return name.endsWith('*') ? [...chosen.filter((one) => !isChosen([name], one) && !(name === '*')), name] : [...chosen, name];
}
