/** The letters of all figures. */
export const FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif";

/** Panels of one size, as SVG, in at most two columns: one SVG with a white ground, so that it reads on any page. */
export function figureGrid(panels: readonly string[], panelWidth: number, panelHeight: number): string {
  const columns = Math.min(2, panels.length);
  const [width, height] = [panelWidth * columns, panelHeight * Math.ceil(panels.length / columns)];
  const body = panels.map((panel, i) => {
    const [x, y] = [(i % columns) * panelWidth, Math.floor(i / columns) * panelHeight];
    return `<g transform="translate(${x},${y})">${panel}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...body,
    "</svg>\n",
  ].join("\n");
}
