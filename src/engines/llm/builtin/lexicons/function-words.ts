/** Words that carry grammar rather than content. Lower case; contractions without their apostrophe. */
export const FUNCTION_WORDS = new Set(
  `a an the this that these those some any each every either neither both all no not nor and or but if then than so as of at by for
  with about against between into through during before after above below to from up down in out on off over under again further once
  here there when where why how what which who whom whose is am are was were be been being have has had having do does did doing done will
  would shall should can could may might must ought i me my mine myself we us our ours ourselves you your yours yourself yourselves he
  him his himself she her hers herself it its itself they them their theirs themselves just only own same too very s t d ll m o re ve y
  also please tell give let kindly via per upon within without among across along around because while until since although though
  however whether yet etc im ive id youre youve dont doesnt didnt isnt arent wasnt werent hasnt havent hadnt wont wouldnt cant
  couldnt shouldnt lets thats whats whos hes shes theyre were its exactly currently actually really now ever still according`
    .split(/\s+/)
    .filter(Boolean),
);

/** Words of questions and requests that say nothing about what is asked for. */
export const ASKING_WORDS = new Set(
  `name list show find say says said mention mentioned state stated describe described text document documents passage context article
  question answer answers following given provide provided information info detail details know want need like would much many kind type
  sort thing things help using use used based briefly sentence word words report reported according called known get got one does happen happened
  final overall exact official entire whole specify specified indicate indicated explain file source sources content contents look number amount
  called named tell`
    .split(/\s+/)
    .filter(Boolean),
);

export const NEGATIONS = new Set(
  `not no never none neither nor cannot cant dont doesnt didnt isnt arent wasnt werent hasnt havent hadnt wont wouldnt couldnt shouldnt
  without hardly barely nothing nobody`
    .split(/\s+/)
    .filter(Boolean),
);

export const PRONOUNS = new Set(
  `it its itself he him his she her hers they them their theirs this that these those there one ones`.split(' '),
);
