import { memo, type ComponentType } from 'react';
import type { GuardrailForm } from '../model.ts';

export type SectionProps = {
  form: GuardrailForm;
  /** The same function always: a section is not drawn again for what others hold. */
  change: (part: Partial<GuardrailForm>) => void;
};

/** A part of the form that is drawn again only where one of its members changed: whole forms have hundreds of controls. */
export const sectionOf = (Section: ComponentType<SectionProps>, members: readonly (keyof GuardrailForm)[]) =>
  memo(Section, (before, after) => members.every((member) => before.form[member] === after.form[member]));
