/** A reason that a person has typed, as acts take it. Pure. */
export interface GivenReason {
  readonly code: string;
  readonly message: string;
}

/** The code says where it was typed; the sentence is for people. */
export function reasonOf(text: string): GivenReason {
  return { code: 'told_in_dashboard', message: text };
}
