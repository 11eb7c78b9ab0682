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

/** What goes to the solver's process, and what comes back. */
export type Ask = { id: number; prelude: string; checks: Check[]; memoryMb: number };
export type Reply = { id: number; answers: Answer[] } | { id: number; error: string; missing: boolean };
