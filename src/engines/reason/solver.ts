/** One question: can all of `assumptions` hold at once? */
export type Check = {
  /** Literals, as SMT-LIB terms. */
  assumptions: string[];
  /** Literals that should hold too where they can: they make examples that people would give. */
  preferred?: string[];
  /** Terms whose values are told when it is so. */
  values: string[];
};

/** `output` is the list of values when satisfiable, of the assumptions that clash when not, and the reason when unknown. */
export type Answer = { status: 'sat' | 'unsat' | 'unknown'; output: string };

export type Solver = {
  /**
   * Answers each of `checks` over the declarations and assertions of `prelude`, in SMT-LIB. Throws ReasonError: `too_complex`, `failed`,
   * `missing_package`.
   */
  run(prelude: string, checks: Check[]): Promise<Answer[]>;
};
