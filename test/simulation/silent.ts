/** A logger that says nothing: what happens stands in the story of the simulation. */
export const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
