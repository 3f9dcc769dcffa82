/** How far returns look ahead; names as in the settings. */
export interface DiscountSchedule {
  /** γ in the end. */
  readonly discount: number;
  /** γ in the beginning, where it is less than `discount`; null: `discount` all along. */
  readonly initialDiscount: number | null;
  /** Updates before the horizon begins to grow, */
  readonly discountFrom: number;
  /** and after which it has grown. */
  readonly discountTo: number;
}

/** γ after some updates: between the two, the horizon 1 / (1 − γ) grows by the same factor with each update. */
export function discountAfter(
  { discount, initialDiscount, discountFrom, discountTo }: DiscountSchedule,
  updates: number,
): number {
  if (initialDiscount === null || initialDiscount >= discount || updates >= discountTo) return discount;
  if (updates <= discountFrom) return initialDiscount;
  const share = (updates - discountFrom) / (discountTo - discountFrom);
  return 1 - (1 - initialDiscount) * ((1 - discount) / (1 - initialDiscount)) ** share;
}
