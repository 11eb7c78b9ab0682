import type { GuardrailOutputContent } from '@aws-sdk/client-bedrock-runtime';
import type { Handlers } from '../../../kernel/service.ts';
import { invalid } from '../errors.ts';
import { GUARDRAIL_CHARACTERS_MAX } from '../limits.ts';
import { findGuardrail, reasonOf } from './apply.ts';
import { assess } from './assess.ts';
import type { Piece } from './contents.ts';

type Runtime = Handlers<typeof import('@aws-sdk/client-bedrock-runtime')>;

/** Holds texts to a guardrail, without a model. */
export const ApplyGuardrail: Runtime['ApplyGuardrail'] = async (call, input) => {
  const guardrail = await findGuardrail(call, input.guardrailIdentifier!, input.guardrailVersion!);
  const content = input.content!;
  if (content.length === 0) throw invalid('The content of ApplyGuardrail must hold at least one block.');
  const images = content.filter(({ image }) => image !== undefined).length;
  const pieces = content.flatMap(({ text }): Piece[] =>
    text ? [{ text: text.text!, qualifiers: text.qualifiers?.length ? text.qualifiers : undefined }] : [],
  );
  if (pieces.length + images < content.length)
    throw invalid('A content block of ApplyGuardrail must hold one of text, image.');
  const characters = pieces.reduce((sum, { text }) => sum + text.length, 0);
  if (characters > GUARDRAIL_CHARACTERS_MAX)
    throw invalid(`The content of ApplyGuardrail may have ${GUARDRAIL_CHARACTERS_MAX} characters, not ${characters}.`);
  const applied = { guardrail, origin: 'REQUEST', selective: { system: true, messages: true } } as const;
  call.answered(call.engines.text.provenance);
  const assessed = await assess(call, applied, input.source!, pieces);
  const full = input.outputScope === 'FULL';
  let outputs: GuardrailOutputContent[] = [];
  if (assessed.action === 'BLOCKED') {
    const { blockedInputMessaging, blockedOutputsMessaging } = guardrail;
    outputs = [{ text: input.source === 'INPUT' ? blockedInputMessaging : blockedOutputsMessaging }];
  } else if (assessed.action === 'MASKED') outputs = assessed.texts.map((text) => ({ text }));
  return {
    usage: assessed.usage,
    action: assessed.action === 'NONE' ? 'NONE' : 'GUARDRAIL_INTERVENED',
    actionReason: reasonOf([assessed]),
    outputs,
    assessments: [full ? assessed.full : assessed.found],
    guardrailCoverage: {
      ...assessed.coverage,
      // Pictures are not looked at: the filters for them cannot be configured here.
      ...(images > 0 ? { images: { guarded: 0, total: images } } : {}),
    },
  };
};
