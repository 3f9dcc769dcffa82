/** What is used of gifenc, which has no types of its own; it is CommonJS, so Node sees one default export. */
declare module "gifenc" {
  /** Colours, each [red, green, blue], 0…255. */
  export type Palette = number[][];
  interface Encoder {
    writeFrame(
      pixels: Uint8Array,
      width: number,
      height: number,
      options: {
        /** Of the whole film where it comes with the first frame. */
        readonly palette?: Palette;
        /** How long the frame stays, ms; kept in hundredths of a second. */
        readonly delay?: number;
        readonly transparent?: boolean;
        readonly transparentIndex?: number;
        /** What happens to the frame before the next: 1 leaves it. */
        readonly dispose?: number;
      },
    ): void;
    finish(): void;
    bytes(): Uint8Array;
  }
  const gifenc: {
    GIFEncoder(): Encoder;
    /** At most so many colours that stand for those of a picture. @param rgba [pixels × 4] */
    quantize(rgba: Uint8Array, colors: number): Palette;
    /** The nearest colour of each pixel, by its number. */
    applyPalette(rgba: Uint8Array, palette: Palette): Uint8Array;
  };
  export default gifenc;
}
