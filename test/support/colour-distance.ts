/** CIELAB of a colour #rrggbb, white point D65. */
function lab(colour: string): readonly number[] {
  const [r, g, b] = linear(colour);
  const xyz = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    luminance(colour),
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ];
  const [x, y, z] = xyz.map((v) => (v > 0.008856 ? Math.cbrt(v) : 7.787 * v + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const linear = (colour: string): readonly number[] =>
  [1, 3, 5].map((i) => {
    const c = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });

function luminance(colour: string): number {
  const [r, g, b] = linear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** ΔE of 1976: 2.3 is just seen. */
export const apart = (a: string, b: string): number => Math.hypot(...lab(a).map((x, i) => x - lab(b)[i]));

/** Contrast of WCAG 2, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** The two of some colours that are nearest to each other, and how near. */
export function nearest(colours: readonly string[]): { readonly pair: readonly string[]; readonly apart: number } {
  const pairs = colours.flatMap((a, i) => colours.slice(i + 1).map((b) => ({ pair: [a, b], apart: apart(a, b) })));
  return pairs.reduce((least, each) => (each.apart < least.apart ? each : least));
}
