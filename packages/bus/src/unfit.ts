/** Something at the bus will not do as it is, and waiting does not mend it. The message says what does. */
export class BusUnfit extends Error {
  override readonly name: string = 'BusUnfit';
}
