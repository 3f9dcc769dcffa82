/** Version of stackelberg, which a browser cannot read in package.json. */
export const VERSION = "0.1.0";
