// Colours of the terminal, and text that comes from data made harmless for it. Pure.

export const COLOURS = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, grey: 90, bold: 1 } as const;
export type Colour = keyof typeof COLOURS;
export type Paint = (colour: Colour, text: string) => string;

/** Paints only when it may: not without a terminal, and not where NO_COLOR is set to anything. */
export function painter(isTerminal: boolean, { NO_COLOR: refused }: Readonly<Record<string, string | undefined>>): Paint {
  const may = isTerminal && (refused === undefined || refused === '');
  return (colour, text) => (may ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text);
}

/** Text of others on one line: what could steer a terminal, or turn the direction of writing, is left out. */
export function harmless(text: string, longest = 200): string {
  const plain = text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g, '').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
}
