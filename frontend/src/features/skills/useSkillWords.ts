import { useWords } from '@/words/words'

import type { Skill } from './api/skill-levels'

/** The levels of the service's own policy, the lowest first. An installation may name others: those have no track. */
const LEVELS = ['beginner', 'intermediate', 'advanced', 'expert']

/** Names of levels and parts, and what the next level needs, in words. */
export function useSkillWords() {
  const { t, said, format } = useWords()
  const level = (name: string) => said('skills', { code: `level.${name}`, values: {}, text: name })
  const part = (name: string) => said('skills', { code: `part.${name}`, values: {}, text: name })
  const levels = (skill: Skill) => {
    const held = LEVELS.indexOf(skill.level)
    const isOurs = held >= 0 && (skill.next?.level ?? LEVELS.at(-1)) === (LEVELS[held + 1] ?? LEVELS.at(-1))
    return isOurs ? { names: LEVELS.map(level), held } : null
  }
  const missing = ({ next }: Skill) => {
    if (next === null) return t('skills.top')
    const values = { level: level(next.level), exercises: next.exercises_missing, grade: format.number(next.grade_missing) }
    if (next.grade_missing === 0) return t('skills.missing.exercises', values)
    if (next.exercises_missing === 0) return t('skills.missing.grade', values)
    return t('skills.missing.both', values)
  }
  return { level, part, levels, missing }
}
