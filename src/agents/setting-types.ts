import { z } from "zod";

/*
 * Types of settings that many groups share. Bounds say what is absurd, not what is wise: they lie far beyond all that
 * anybody measured.
 */

/** A whole number from 1 to `most`. */
export const count = (most: number) => z.number().int().min(1).max(most);

/** A whole number from 0 to `most`. */
export const countOrNone = (most: number) => z.number().int().min(0).max(most);

/** Above 0 and at most 1: a step size, a share that is taken over. */
export const rate = z.number().positive().max(1);

/** Widths of hidden layers. */
export const hidden = z.array(count(100_000)).min(1).max(100);
