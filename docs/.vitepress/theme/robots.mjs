/** The robots of the first page, in the order in which they learn. */
export const ROBOTS = [
  {
    task: "inverted-pendulum",
    start: "Let it learn, here in this tab",
    label: "A cart on a rail that balances a pole",
    // Smaller networks and fewer rollouts than the default, so that an iteration takes seconds.
    settings: {
      model: { hidden: [64, 64], ensembleSize: 2 },
      npg: { trajectoriesPerModel: 60 },
      evaluation: { episodes: 3 },
    },
    samples: 1200,
    /** What a line of the log gives for the curve, and its axis. */
    score: ({ evaluation }) => evaluation?.return.mean ?? 0,
    axis: { from: 0, to: 1050, label: "score" },
    said: (score) => `score ${Math.round(score)} of 1000`,
  },
  {
    task: "reacher-7dof",
    start: "Then the reacher: an arm of seven joints, some minutes",
    label: "An arm of seven joints that reaches for a point in space, from above and from the side",
    settings: { evaluation: { episodes: 25 } },
    samples: 10_000,
    score: ({ evaluation }) => 100 * (evaluation?.success ?? 0),
    axis: { from: 0, to: 105, label: "episodes that reach the goal, %" },
    said: (score) => `${Math.round(score)} % of 25 goals reached`,
  },
];
