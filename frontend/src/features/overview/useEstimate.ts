import { useWords } from '@/words/words'

import type { Estimate } from './api/predictions'

/** When something is likely, in a sentence. */
export function useEstimate(): (estimate: Estimate) => string {
  const { said } = useWords()
  return ({ code, values, text, likely_from, likely_until }) => {
    const isOneDay = likely_from !== null && likely_from === likely_until
    const name = code === 'expected' && isOneDay ? 'estimate_expected_day' : `estimate_${code}`
    return said('overview', { code: name, values, text })
  }
}
