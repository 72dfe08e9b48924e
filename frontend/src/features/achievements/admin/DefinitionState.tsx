import { Archive, CircleCheck, PencilLine } from 'lucide-react'

import { Chip } from '@/parts/Chip'
import { useWords } from '@/words/words'

import type { Definition } from '../api/catalogue'

const STATES = {
  draft: { Icon: PencilLine, tone: 'plain' },
  active: { Icon: CircleCheck, tone: 'earned' },
  retired: { Icon: Archive, tone: 'excused' },
} as const

export function DefinitionState({ state }: { readonly state: Definition['state'] }) {
  const { t } = useWords()
  return <Chip {...STATES[state]}>{t(`admin.achievements.state.${state}`)}</Chip>
}
