/** A curve or a point of somebody else's, with where it is from. */
export interface Published {
  readonly task: string;
  readonly label: string;
  readonly source: string;
  readonly quantity: "return" | "success";
  readonly points: readonly (readonly [samples: number, value: number])[];
}

const PAPER = "Rajeswaran, Mordatch and Kumar, ICML 2020";
const ROBEL = `${PAPER}, section 5 and figure 2, who take it from Ahn et al., CoRL 2019`;

/** Published results by name: what was said in words or tables. Nothing is read off a picture. */
export const PUBLISHED: Readonly<Record<string, Published>> = {
  "dclaw-turn-sac": {
    task: "dclaw-turn-v0",
    label: "SAC (published)",
    source: `${ROBEL}: "approx. 0.3 million samples for 95+% success rate"`,
    quantity: "success",
    points: [[300_000, 0.95]],
  },
  "dkitty-orient-sac": {
    task: "dkitty-orient-v0",
    label: "SAC (published)",
    source: `${ROBEL}: "approx. 0.3 million samples for 95+% success rate"`,
    quantity: "success",
    points: [[300_000, 0.95]],
  },
  "dclaw-turn-gda": {
    task: "dclaw-turn-v0",
    label: "GDA (published)",
    source: `${PAPER}, figure 2: "0.5 million samples for GDA"`,
    quantity: "success",
    points: [[500_000, 0.95]],
  },
  "hopper-mbpo": {
    task: "hopper-v2",
    label: "MBPO (published)",
    source: "the table of returns in the paper on DHMBPO, at 10,000 samples",
    quantity: "return",
    points: [[10_000, 327]],
  },
  "hopper-dhmbpo": {
    task: "hopper-v2",
    label: "DHMBPO (published)",
    source: "the table of returns in the paper on DHMBPO, at 10,000 samples",
    quantity: "return",
    points: [[10_000, 595]],
  },
};
