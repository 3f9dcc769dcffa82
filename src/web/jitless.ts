import { z } from "zod";

/** Loaded before all else: zod then does not try whether code may be made of text, which a page's policy would report. */
z.config({ jitless: true });
