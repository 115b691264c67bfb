/** Text of foreign origin, made fit for a column and a terminal: no control characters, no lone surrogates, cut short. */
export function safeText(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu, ' ').slice(0, 500).toWellFormed();
}
