/**
 * A denied topic as CreateGuardrail takes it (definition at most 200 characters, up to five examples of at most 100 characters), with texts
 * that it must catch, worded otherwise, and texts of the same field that it must let pass.
 */
export type TopicSet = { name: string; definition: string; examples: string[]; caught: string[]; passed: string[] };
