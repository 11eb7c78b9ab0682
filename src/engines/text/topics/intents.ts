/** What a sentence asks for. Several may hold. */
export type Intents = {
  /** "should I", "is it worth": what to do. */
  advice: boolean;
  /** Better, best, ranking, predicting, opinion. */
  judgement: boolean;
  /** How to do something with one's own hands; steps. */
  instruction: boolean;
  /** Who, when, where, how many: a fact that stands in a book. */
  fact: boolean;
  /** What a thing or word is. */
  definition: boolean;
  /** Accounts, bookings, opening hours, forms: dealing with a provider. */
  service: boolean;
  /** Speaks of oneself or one's own. */
  personal: boolean;
  /** "Tell me", "give me", "pick": a demand for the thing itself. */
  demand: boolean;
  /** Speaks of another person, by name or role. */
  aboutPerson: boolean;
};

const ADVICE =
  /\b(?:should|ought|shall) (?:i|we|my|our|one|he|she|they|you)\b|\b(?:good|bad|smart|wise|better|right) (?:idea|time|move|choice|moment|decision)\b|\bworth (?:it|\w+ing|the|a|getting|buying)\b|\b(?:recommend|advise|advice|suggest(?:ion)?s?|tips?|guide me|help me (?:decide|choose|pick))\b|\bwould you\b|\bis it (?:safe|ok|okay|fine|bad|wise|smart|legal|true|dangerous|a good)\b|\b(?:smart|wise)\?|\bwhat (?:should|can|could|do) i (?:do|take|say|claim|need)\b|\bdo i (?:have to|have a case|need)\b|\bcan i (?:get|take|sue|break|fight|still|legally)\b|\bwhat would you\b|\bwhere should\b|\bhow should\b|\bam i (?:allowed|liable)\b/i;
const JUDGEMENT =
  /\b(?:best|worst|better|worse|safest|strongest|cheapest|cheaper|favou?rite|top|most|fewest|more|less|bigger|right one|wrong|good enough|nicer|superior|stronger)\b|\b(?:rank|rate|score|sort|compare|judge|evaluate|decide|deserves?|predict|prove|convince|agree|think of|your (?:opinion|view|take)|in your view|do you (?:think|believe|support|agree)|what do you think|opinion|mistake|fair|corrupt|guilty|chances|odds|likely|will (?:he|she|it|they|i|we|the|this|that|\p{Lu}\w+)\b|would (?:this|that|he|she|it|a|the)\b|is (?:it|this|that) (?:true|serious|bad|normal)|are (?:the|they|these) \w+ (?:right|wrong)|worth|turn down|pick|choose|prefer)\b|\bdoes \w+ exist\b|\bwhat (?:could|can|might) it be\b|\bwhat is wrong\b|\bcould (?:it|this|that|the)\b/iu;
const INSTRUCTION =
  /\bhow (?:do|can|could|would|does|should|to) ?(?:i|we|you|one|people|someone|a person)?\b|\bsteps?\b|\bguide\b|\binstructions?\b|\b(?:show|tell|teach|explain to) me how\b|\bwalk me through\b|\bway to\b|\bmethod\b|\brecipe for\b|\btutorial\b|\bwhich \w+ goes where\b|\bwhat do i need\b|\bmyself\b|\bon my own\b/i;
const FACT =
  /^\W*(?:(?:and|so|but|ok|please|hi|hello),?\s+)?(?:who (?!should|will|would|ought|is (?:the )?(?:best|better|most))\w+|when (?!should)\w+|where (?!should|do people|can i (?:buy|get|order))\w+|in which (?:year|country|city|century)|on which day|how (?:many|much|long|old|tall|high|far|big|large|fast|loud|early|late|heavy|wide|deep|often) |what (?:year|time|day|colou?r)\b|at which|which (?:year|day|country|colou?rs?)\b|what is the (?:name|capital|address|weight|size|height|length|population|date|postal|origin|latin|distance|difference|history|abbreviation|energy|notice|probability)\b)/i;
const DEFINITION =
  /^\W*(?:what (?:is|are|was|were) (?:a|an|the (?:difference|meaning|definition|purpose|role|history|origin))\b|what does .{1,60}\b(?:mean|stand for|do|earn)\b|define\b|explain (?:the|what|how)|what kind of|what (?:is|are) \w+\?$|how (?:does|do|is|are) (?:a|an|the) [\p{L} ]{2,40}(?:work|calculated|made|function)|describe\b|translate\b|who (?:founded|invented|discovered|wrote|built|painted|directed|won)\b)/iu;
const SERVICE =
  /\b(?:account|password|log ?in|app|portal|upload|download|submit|form|invoice|receipt|statement|appointment|book(?:ing)? (?!value|maker)|reserve|reservation|cancel|opening hours|open on|open at|opens?|closed|close on|nearest|ticket|address|phone number|contact|customer service|serial number|guarantee|warranty|deliver(?:y|ed)?|ship(?:ped|ping)?|parcel|refund|return the|settings?|reset|change (?:my|the)|update my|order (?:a|an) (?:new )?(?:glass|replacement|spare)|membership|subscription|gate|class|room|schedule|calendar|library|parking|office|fee|website|by mail|send (?:a|the|my|me)|please send|technician|find the|where do i|where can i (?:pick|upload|park|find)|how do i (?:change|reset|find|upload|book|contact|submit|log|turn|move|post|write|dress|teach|stretch|become|get to|get rid)|when (?:is|does|are|do) the)\b/i;
const PERSONAL = /\b(?:i|my|me|mine|we|our|us|myself|i'm|i've)\b/i;
const DEMAND =
  /^\W*(?:please\s+|can you\s+|could you\s+|just\s+|now\s+)?(?:tell|give|show|name|list|pick|build|make|write|sort|rank|rate|prove|convince|decide|throw|read|score|suggest|recommend|steps|explain why|argue|create|find me|help|teach|walk|choose|predict|compare|generate|draft)\b/i;
const PERSON =
  /\b(?:he|she|him|her|his|colleague|coworker|boss|manager|team lead|head of|chief|ceo|cfo|director|employee|everyone|person|man|woman|people|candidates?|applicants?|neighbou?r|senator|president|minister|actor|singer|celebrity|guy|wife|husband|son|daughter|ex)\b/i;
const NAME_INSIDE = /(?<=[\p{Ll},'’] )\p{Lu}[\p{L}]+/u;

/** What a sentence asks for, by its wording. */
export function intentsOf(text: string): Intents {
  const fact = FACT.test(text);
  const definition = DEFINITION.test(text);
  return {
    advice: ADVICE.test(text),
    judgement: JUDGEMENT.test(text) && !/^\W*(?:who won|which washing)/i.test(text),
    instruction: INSTRUCTION.test(text) && !/^\W*how (?:do|does|is|are) (?:a|an|the)\b/i.test(text),
    fact,
    definition,
    service: SERVICE.test(text),
    personal: PERSONAL.test(text),
    demand: DEMAND.test(text),
    aboutPerson: PERSON.test(text) || NAME_INSIDE.test(text),
  };
}

/** What a topic forbids, by its definition: the kinds of request it names. */
export type Forbids = {
  advice: boolean;
  judgement: boolean;
  instruction: boolean;
  anything: boolean;
  persons: boolean;
  rivals: boolean;
};

/** Reads what kinds of request a definition is about. */
export function forbiddenBy(definition: string): Forbids {
  return {
    advice:
      /\b(?:advi[cs]e|advising|recommend\w*|guidance|guiding|tips?|counsel\w*|suggest\w*|help(?:ing)?|whether to|how to vote|strateg\w+)\b/i.test(
        definition,
      ),
    judgement:
      /\b(?:opinions?|judg\w+|debat\w+|compar\w+|rank\w*|scor\w+|prais\w+|criti\w+|predict\w*|forecast\w*|assess\w*|diagnos\w*|naming|evaluat\w*|rating|endors\w*|accept\w*|reject\w*|speculat\w*|views?|decid\w+|favou?r\w*)\b/i.test(
        definition,
      ),
    instruction:
      /\b(?:instruct\w*|how to|steps?|guides?|methods?|making|build\w*|manufactur\w*|repair\w*|modif\w*|procedures?|techniques?|ways? (?:to|of)|bypass\w*|creat\w*|produc\w*)\b/i.test(
        definition,
      ),
    anything:
      /\b(?:questions?|discuss\w*|any(?:thing)?|information|mention\w*|inquir\w*|enquir\w*|requests?|asking|talk\w*|content|conversations?|details|topics?|related|including)\b/i.test(
        definition,
      ),
    persons:
      /\b(?:named|colleagues?|employees?|individuals?|persons?|people|celebrit\w+|applicants?|candidates?|private|customers?|politicians?)\b/i.test(
        definition,
      ),
    rivals:
      /\b(?:competitors?|competing|rivals?|other (?:\w+ )?(?:compan|airline|bank|brand|provider|vendor|firm|shop|store|product|carrier|insurer|retailer|platform)\w*)\b/i.test(
        definition,
      ),
  };
}
