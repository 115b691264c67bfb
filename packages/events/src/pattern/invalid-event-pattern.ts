/** The one error of this folder. Its message is the one that EventBridge answers with InvalidEventPatternException. */
export class InvalidEventPattern extends Error {
  override readonly name = 'InvalidEventPattern';
  readonly reason: string;

  constructor(reason: string) {
    super(`Event pattern is not valid. Reason: ${reason}`);
    this.reason = reason;
  }
}
