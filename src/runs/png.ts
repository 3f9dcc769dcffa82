import { ComputeError } from "../errors/errors.js";

/** An SVG as PNG, twice its size. @throws {ComputeError} where the optional package that does it is not installed */
export async function toPng(svg: string): Promise<Uint8Array> {
  let resvg: typeof import("@resvg/resvg-js");
  try {
    resvg = await import("@resvg/resvg-js");
  } catch (cause) {
    throw new ComputeError(
      "plot",
      "PNG needs the package @resvg/resvg-js, which is not here",
      "Run `npm install @resvg/resvg-js`, or choose an .svg file",
      { cause },
    );
  }
  return new resvg.Resvg(svg, {
    fitTo: { mode: "zoom", value: 2 },
    font: { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" },
  })
    .render()
    .asPng();
}
