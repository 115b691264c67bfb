/**
 * Case folding as EventBridge does it: character by character, and only between characters that are each other's upper
 * and lower case. So É = é and Ω = ω; but ß is not SS, and İ, ı, the Kelvin sign and the final sigma stay as they are.
 */
const ASCII = /^\p{ASCII}*$/u;

/** The text with every letter that has a true lower case brought to it. Keeps the length. */
export function foldCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  let folded = '';
  for (const char of text) folded += foldChar(char);
  return folded;
}

function foldChar(char: string): string {
  const lower = char.toLowerCase();
  return lower.length === char.length && lower.toUpperCase() === char ? lower : char;
}
