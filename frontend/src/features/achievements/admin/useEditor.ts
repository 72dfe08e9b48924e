// What the editor of a definition holds: the draft, and what the service says of it while it is being written.
import { useDebouncedValue } from '@mantine/hooks'
import { useState, type SyntheticEvent } from 'react'

import { Problem } from '@/api/problems'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useSaveDefinition, type Definition } from '../api/catalogue'
import { useCheck } from '../api/check'
import { draftOf, EMPTY, writtenOf, type Draft } from './rule'

export interface Editing {
  /** What to change; null writes a new one. */
  readonly definition: Definition | null
  /** Codes that are taken. */
  readonly codes: readonly string[]
  readonly onSaved: (code: string) => void
}

/** The first step of the pointers into a part of the draft. */
function place(name: string): string {
  return name === 'conditions' || name === 'join' ? 'rule' : name
}

export function useEditor({ definition, codes, onSaved }: Editing) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const [draft, setDraft] = useState<Draft>(definition === null ? EMPTY : draftOf(definition))
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const [isTried, setTried] = useState(false)
  const [settled] = useDebouncedValue(draft, 400)
  const save = useSaveDefinition()
  const state = definition?.state ?? 'draft'
  const check = useCheck(writtenOf(settled, state))
  const refused = save.error instanceof Problem ? save.error.faults : []
  const faults = [...refused, ...(check.data ?? [])]
  const isTaken = definition === null && codes.includes(draft.code.trim())
  const sentenceAt = (pointer: string): string | undefined => {
    if (pointer === '/code' && isTaken) return t('admin.editor.taken')
    const fault = faults.find((one) => one.pointer === pointer)
    return fault && problems.fault(fault)
  }
  return {
    draft,
    isNew: definition === null,
    isSaving: save.isPending,
    /** What is wrong at a pointer, once its field was visited or saving was tried. */
    faultAt: (pointer: string) => (isTried || touched.has(pointer.split('/')[1] ?? '') ? sentenceAt(pointer) : undefined),
    /** What is wrong on the whole, said beside the button. */
    error: refused.length > 0 ? t('admin.editor.refused') : problems.text(save.error),
    isUnchecked: check.error !== null,
    touch: (name: string) => setTouched(new Set([...touched, place(name)])),
    change: (changed: Partial<Draft>) => {
      if (!save.isIdle) save.reset()
      setDraft({ ...draft, ...changed })
    },
    submit: (event: SyntheticEvent) => {
      event.preventDefault()
      setTried(true)
      if (isTaken) return
      const body = writtenOf(draft, state)
      const onSuccess = () => {
        toasts.done(t('admin.editor.saved', { title: body.title }))
        onSaved(body.code)
      }
      save.mutate({ body, isNew: definition === null }, { onSuccess })
    },
  }
}

export type Editor = ReturnType<typeof useEditor>
