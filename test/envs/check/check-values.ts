/** Sections 5a and 5c of the fact sheets: what the compiled models must hold, world body left out. */
interface CheckValues {
  /** [translation, rotation] of each body. */
  readonly bodyInvweight0: readonly number[];
  readonly dofInvweight0: readonly number[];
  readonly totalMass: number;
}

/** By task id and era. */
export const CHECK_VALUES: Readonly<Record<string, { readonly cylinder: CheckValues; readonly exact: CheckValues }>> = {
  "inverted-pendulum-v2": {
    cylinder: {
      bodyInvweight0: [0.03082101, 0, 0.05123875, 0.7172492],
      dofInvweight0: [0.09246302, 2.151747],
      totalMass: 14.32016786,
    },
    exact: {
      bodyInvweight0: [0.02789145, 0, 0.0492669, 0.6746376],
      dofInvweight0: [0.08367434, 2.023913],
      totalMass: 15.49056715,
    },
  },
  "hopper-v2": {
    cylinder: {
      bodyInvweight0: [0.08818711, 0.3598584, 0.05367063, 0.1682165, 0.0514194, 0.1816068, 0.06961035, 0.4505021],
      dofInvweight0: [0.1984173, 0.06614406, 1.079575, 0.9228499, 0.8501599, 0.9100456],
      totalMass: 15.2649987,
    },
    exact: {
      bodyInvweight0: [0.0849224, 0.3528355, 0.05192331, 0.1637685, 0.04959512, 0.1763324, 0.06690271, 0.4390001],
      dofInvweight0: [0.1909279, 0.06383927, 1.058506, 0.9173573, 0.8423092, 0.9000381],
      totalMass: 15.82001341,
    },
  },
  "walker2d-v2": {
    cylinder: {
      bodyInvweight0: [
        0.08939733, 2.141366, 0.06308228, 1.114444, 0.06597281, 0.9381704, 0.1461784, 6.143157, 0.06308228, 1.114444,
        0.06597281, 0.9381704, 0.1461784, 6.143157,
      ],
      dofInvweight0: [0.2175168, 0.05067525, 6.424099, 12.92409, 10.16458, 20.21145, 12.92409, 10.16458, 20.21145],
      totalMass: 22.69800692,
    },
    exact: {
      bodyInvweight0: [
        0.0853165, 2.008304, 0.06051638, 1.05336, 0.06299719, 0.8837297, 0.1347458, 5.475955, 0.06051638, 1.05336,
        0.06299719, 0.8837297, 0.1347458, 5.475955,
      ],
      dofInvweight0: [0.2074303, 0.04851918, 6.024912, 12.10615, 9.595295, 18.21142, 12.10615, 9.595295, 18.21142],
      totalMass: 23.67713663,
    },
  },
  "half-cheetah-v2": {
    cylinder: {
      bodyInvweight0: [
        0.0637791, 0.1399345, 0.09700884, 1.017771, 0.1284442, 1.49968, 0.2483924, 3.836608, 0.08191475, 1.107342,
        0.1345115, 1.932134, 0.273874, 4.278712,
      ],
      dofInvweight0: [0.1060008, 0.08423752, 0.4198036, 2.752919, 5.94812, 8.963903, 3.125959, 6.95999, 9.517934],
      totalMass: 14,
    },
    exact: {
      bodyInvweight0: [
        0.06415752, 0.1387824, 0.09691102, 1.009908, 0.1272092, 1.472577, 0.2437493, 3.772141, 0.08148379, 1.091803,
        0.1319968, 1.887184, 0.2661441, 4.19716,
      ],
      dofInvweight0: [0.1067357, 0.08459229, 0.4163471, 2.729789, 5.893249, 8.894877, 3.081393, 6.882796, 9.468135],
      totalMass: 14,
    },
  },
};
