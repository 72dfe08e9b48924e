import type { WrittenDefinition } from '../api/catalogue'

function isDefinition(value: unknown): value is WrittenDefinition {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string'
}

/** The definitions in the text of a file; null if it is no catalogue. What is wrong inside of them, the service says. */
export function definitionsIn(text: string): readonly WrittenDefinition[] | null {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof content !== 'object' || content === null || !('achievements' in content)) return null
  const { achievements } = content
  return Array.isArray(achievements) && achievements.length > 0 && achievements.every(isDefinition) ? achievements : null
}
