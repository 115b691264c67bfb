/** What the line above the map says: that all is well only where everything was asked just now, and what is not known. Pure. */
export interface Count {
  /** Undefined: not asked yet, or it could not be. */
  readonly total: number | undefined;
  /** The last look went wrong: the count is of an earlier one. */
  readonly hasFailed: boolean;
}

export interface Looks {
  /** Undefined for who may not read it. */
  readonly orders: Count | undefined;
  readonly deadLetters: Count | undefined;
  /** Deliveries of webhooks that were given up, and that nobody has sent again. */
  readonly givenUp: Count | undefined;
  /** Places at fault. */
  readonly faults: number;
  /** The flow could not be read lately. */
  readonly isOld: boolean;
  /** Parts that could not be asked. */
  readonly missing: number;
}

interface Judged {
  /** unwell: something needs a person. unknown: nothing does of what is known. asking: the first look. */
  readonly state: 'well' | 'unwell' | 'unknown' | 'asking';
  /** What could not be read just now. */
  readonly unknown: readonly string[];
}

export function judge({ orders, deadLetters, givenUp, faults, isOld, missing }: Looks): Judged {
  const counts = [orders, deadLetters, givenUp].filter((one) => one !== undefined);
  const unknown = [
    ...(orders?.hasFailed === true ? ['whether orders need care'] : []), ...(deadLetters?.hasFailed === true ? ['whether there are dead letters'] : []),
    ...(givenUp?.hasFailed === true ? ['whether webhooks were given up'] : []),
    ...(isOld ? ['how the places stand'] : []), ...(missing > 0 ? ['the parts named below'] : []),
  ];
  if (faults > 0 || counts.some(({ total = 0 }) => total > 0)) return { state: 'unwell', unknown };
  if (unknown.length > 0) return { state: 'unknown', unknown };
  return { state: counts.some(({ total }) => total === undefined) ? 'asking' : 'well', unknown };
}
