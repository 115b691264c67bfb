/** The one error of this folder's patterns. Its message is the one that EventBridge answers with InvalidEventPatternException. */
export class InvalidEventPattern extends Error {
  override readonly name = 'InvalidEventPattern';
  /** What is wrong, in EventBridge's words. */
  readonly reason: string;
  /** Where, as EventBridge writes it after the reason: a line break, the pattern, line and column; or nothing. */
  readonly place: string;

  constructor(reason: string, place = '') {
    super(`Event pattern is not valid. Reason: ${reason}${place}`);
    this.reason = reason;
    this.place = place;
  }
}
