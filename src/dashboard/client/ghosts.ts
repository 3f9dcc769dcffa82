/** Colours of the members: ghosts and curves. */
const GHOSTS = ["#1c7ed6", "#ae3ec9", "#0ca678", "#e64980", "#f08c00", "#5c7cfa", "#e8590c", "#82c91e"] as const;

/** The colour of a member, from 0. */
export const ghostColour = (i: number) => GHOSTS[i % GHOSTS.length];
