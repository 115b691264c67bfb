/** What holds for every way in which an update comes. */

/** Who has it may say what was paid. */
export const UPDATES_SCOPE = 'updates:write';
/** Of one update, in bytes. */
export const MAX_UPDATE_BYTES = 65_536;
