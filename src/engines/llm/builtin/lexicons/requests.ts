/** Verbs that open a request: "Summarise …", "List …". Base forms, lower case. */
export const REQUEST_VERBS = new Set(
  `summarize summarise summary classify categorize categorise label extract list find identify tell give write answer respond reply return
  output provide show describe explain define compare compute calculate count sort order translate convert rewrite rephrase reformat format
  generate create make produce choose pick select determine decide detect name state use analyze analyse read consider review assign tag rate
  parse pull get fetch fill complete continue put turn change transform uppercase lowercase capitalize reverse remove replace highlight shorten
  condense outline begin start end finish keep limit include exclude avoid mention quote cite say speak act pretend imagine think remember
  look check verify judge predict infer guess add subtract multiply divide draft compose suggest recommend help book schedule send call
  search lookup cancel order buy open close set update delete track register reserve paraphrase simplify proofread correct evaluate score
  please let sum recap digest distil distill trim cut present point group cluster flag grade mark route triage map solve`
    .split(/\s+/)
    .filter(Boolean),
);

/** Tags and labels of prompts whose content is text to work on. */
export const MATERIAL_LABELS =
  'context|contexts|passage|passages|document|documents|doc|text|article|review|email|e-mail|mail|message|ticket|transcript|content|paragraph|story|report|data|table|facts|background|notes|note|input|comment|tweet|post|excerpt|search results|search_results|references|reference|information|sentence|headline|utterance|customer|conversation|feedback|knowledge|source text|description|abstract|listing|invoice|resume|cv|csv|json|record|news|complaint|request text|statement|snippet';

/** Labels whose content is the request itself. */
export const ASK_LABELS =
  'question|questions|query|q|user question|user query|user|human|task|tasks|instruction|instructions|request|prompt|labels|categories|classes|options|choices|intents|emotions|departments|queues|(?:possible|valid|allowed|available|candidate) (?:labels|categories|classes|intents|topics|values|options|answers|emotions|departments|sentiments|tags|choices)|schema|fields|rules|constraints|requirements|format|output format';

/** Labels that open the place where the answer goes. */
export const CUE_LABELS =
  'answer|a|output|response|label|category|sentiment|class|classification|summary|result|assistant|intent|topic|emotion|tone|prediction|language|type|priority|final answer|json|tl;dr|tldr|department|queue|genre|bot|spam|helpful answer|your answer|reply';
