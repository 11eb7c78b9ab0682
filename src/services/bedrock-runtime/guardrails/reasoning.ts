import type {
  GuardrailAutomatedReasoningFinding,
  GuardrailAutomatedReasoningPolicyAssessment,
  GuardrailAutomatedReasoningTranslation,
} from '@aws-sdk/client-bedrock-runtime';
import type { Finding, Translation } from '../../../engines/reason/types.ts';
import type { Call } from '../../../kernel/call.ts';
import {
  automatedReasoningPolicies,
  automatedReasoningPolicyKey,
} from '../../../kernel/inference/automated-reasoning.ts';
import type { GuardrailPolicies } from '../../../kernel/inference/guardrails.ts';
import { invalid } from '../errors.ts';

/**
 * What the rules of the policies say of an answer. Findings are told and never block: what is done about them is the caller's. Source:
 * Bedrock User Guide, "Automated Reasoning checks".
 */
export async function checkReasoning(
  call: Call,
  { policies, confidenceThreshold }: NonNullable<GuardrailPolicies['reasoning']>,
  content: { query: string | undefined; guarded: string[] },
): Promise<GuardrailAutomatedReasoningPolicyAssessment> {
  const findings: GuardrailAutomatedReasoningFinding[] = [];
  const { query, guarded } = content;
  const reasoner = await call.engines.reason.get();
  for (const arn of policies) {
    const key = automatedReasoningPolicyKey(arn);
    const policy =
      key && (await call.kernel.store.get(automatedReasoningPolicies, [key.account, key.region, key.id, key.version]));
    if (!policy) throw invalid(`The Automated Reasoning policy ${arn} of the guardrail does not exist.`);
    const found = await reasoner.check(
      policy.definition,
      { guarded, ...(query === undefined ? {} : { query }) },
      { signal: call.signal, ...(confidenceThreshold === undefined ? {} : { confidenceThreshold }) },
    );
    findings.push(...found.map((finding) => shown(finding, arn)));
  }
  return { findings };
}

function shown(finding: Finding, policyVersionArn: string): GuardrailAutomatedReasoningFinding {
  const rules = (ids: string[]) => ids.map((identifier) => ({ identifier, policyVersionArn }));
  switch (finding.kind) {
    case 'valid': {
      const { translation, supportingRules, claimsTrueScenario, logicWarning } = finding;
      return {
        valid: {
          translation: translated(translation),
          claimsTrueScenario,
          supportingRules: rules(supportingRules),
          ...(logicWarning ? { logicWarning } : {}),
        },
      };
    }
    case 'invalid':
    case 'impossible': {
      const { kind, translation, contradictingRules, logicWarning } = finding;
      const told = {
        translation: translated(translation),
        contradictingRules: rules(contradictingRules),
        ...(logicWarning ? { logicWarning } : {}),
      };
      return kind === 'invalid' ? { invalid: told } : { impossible: told };
    }
    case 'satisfiable': {
      const { translation, claimsTrueScenario, claimsFalseScenario, logicWarning } = finding;
      return {
        satisfiable: {
          translation: translated(translation),
          claimsTrueScenario,
          claimsFalseScenario,
          ...(logicWarning ? { logicWarning } : {}),
        },
      };
    }
    case 'translationAmbiguous':
      return {
        translationAmbiguous: {
          options: finding.options.map(({ translations }) => ({ translations: translations.map(translated) })),
          differenceScenarios: finding.differenceScenarios,
        },
      };
    case 'tooComplex':
      return { tooComplex: {} };
    default:
      return { noTranslations: {} };
  }
}

const translated = ({
  untranslatedPremises,
  untranslatedClaims,
  ...translation
}: Translation): GuardrailAutomatedReasoningTranslation => ({
  ...translation,
  untranslatedPremises: untranslatedPremises.map((text) => ({ text })),
  untranslatedClaims: untranslatedClaims.map((text) => ({ text })),
});
