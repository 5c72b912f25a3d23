// Nothing imports this any more; the demo removes it, and its output has to go with it.
export const oldSummary = (station: string): string => `Station ${station}`;
