import type {
  AutomatedReasoningCheckFinding,
  AutomatedReasoningCheckResult,
  AutomatedReasoningCheckTranslation,
} from '@aws-sdk/client-bedrock';
import type { Finding, Translation } from '../../../engines/reason/reason.ts';

/** A finding as Bedrock shows it; its rules are those of the policy at `policyVersionArn`. */
export function findingOf(finding: Finding, policyVersionArn: string): AutomatedReasoningCheckFinding {
  const rules = (ids: readonly string[]) => ids.map((id) => ({ id, policyVersionArn }));
  switch (finding.kind) {
    case 'valid': {
      const { translation, supportingRules, claimsTrueScenario } = finding;
      return {
        valid: {
          translation: translationOf(translation),
          supportingRules: rules(supportingRules),
          claimsTrueScenario,
          ...warningOf(finding),
        },
      };
    }
    case 'invalid': {
      const { translation, contradictingRules } = finding;
      return {
        invalid: {
          translation: translationOf(translation),
          contradictingRules: rules(contradictingRules),
          ...warningOf(finding),
        },
      };
    }
    case 'impossible': {
      const { translation, contradictingRules } = finding;
      return {
        impossible: {
          translation: translationOf(translation),
          contradictingRules: rules(contradictingRules),
          ...warningOf(finding),
        },
      };
    }
    case 'satisfiable': {
      const { translation, claimsTrueScenario, claimsFalseScenario } = finding;
      return {
        satisfiable: {
          translation: translationOf(translation),
          claimsTrueScenario,
          claimsFalseScenario,
          ...warningOf(finding),
        },
      };
    }
    case 'translationAmbiguous':
      return {
        translationAmbiguous: {
          options: finding.options.map(({ translations }) => ({ translations: translations.map(translationOf) })),
          differenceScenarios: finding.differenceScenarios,
        },
      };
    case 'tooComplex':
      return { tooComplex: {} };
    default:
      return { noTranslations: {} };
  }
}

const warningOf = ({ logicWarning }: Extract<Finding, { translation: Translation }>) =>
  logicWarning ? { logicWarning } : {};

const translationOf = ({
  untranslatedPremises,
  untranslatedClaims,
  ...translation
}: Translation): AutomatedReasoningCheckTranslation => ({
  ...translation,
  untranslatedPremises: untranslatedPremises.map((text) => ({ text })),
  untranslatedClaims: untranslatedClaims.map((text) => ({ text })),
});

const RESULTS = {
  translationAmbiguous: 'TRANSLATION_AMBIGUOUS',
  tooComplex: 'TOO_COMPLEX',
  impossible: 'IMPOSSIBLE',
  invalid: 'INVALID',
  satisfiable: 'SATISFIABLE',
  valid: 'VALID',
  noTranslations: 'NO_TRANSLATION',
} as const satisfies Record<Finding['kind'], AutomatedReasoningCheckResult>;

/** The worst of the findings. The order is the Bedrock User Guide's, as remembered. */
export function aggregated(findings: readonly Finding[]): AutomatedReasoningCheckResult {
  const order = Object.keys(RESULTS) as Finding['kind'][];
  return RESULTS[order.find((kind) => findings.some((finding) => finding.kind === kind)) ?? 'noTranslations'];
}
