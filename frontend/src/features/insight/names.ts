import type { Words } from '@/words/words'

/** The name of a category; of none, the word for it in the reader's language. */
export function nameOf(category: { readonly category_id: string | null; readonly name: string }, t: Words['t']): string {
  return category.category_id === null ? t('insight.uncategorised') : category.name
}
