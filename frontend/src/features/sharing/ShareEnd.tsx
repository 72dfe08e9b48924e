import { useWords } from '@/words/words'

/** How long a link works, in words. */
export function ShareEnd({ endsOn }: { readonly endsOn: string | null }) {
  const { t, format } = useWords()
  return endsOn === null ? t('sharing.ends.never') : t('sharing.ends.on', { day: format.day(endsOn) })
}
