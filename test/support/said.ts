/** What no text for a terminal may hold: control characters other than newlines, and what turns the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
export const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** A trace of ours in front of a user. */
export const TRACE = /^\s+at \S|This is a fault of stackelberg/m;
