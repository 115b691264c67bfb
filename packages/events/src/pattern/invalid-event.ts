/** An event whose text is no JSON object. The message is the one of EventBridge's ValidationException. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  /** Where in the text, counted from 0. */
  readonly at: number;

  constructor(at: number) {
    super('Parameter Event is not valid.');
    this.at = at;
  }
}
