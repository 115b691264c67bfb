/**
 * Why a signature, a digest or a key is not accepted.
 * Promise: the message names the rule that was broken and may be shown to whoever sent the message; it never holds a secret,
 * a signature, or the value that would have been right.
 */
export class SignatureFault extends Error {
  override readonly name = 'SignatureFault';
}
