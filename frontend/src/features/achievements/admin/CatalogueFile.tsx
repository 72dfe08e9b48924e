// The catalogue as a file: taken out whole, and brought in after saying what is in it.
import { Button, FileButton } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Download, Upload } from 'lucide-react'
import { useState, type ReactNode } from 'react'

import { saveBlob } from '@/api/files'
import { Problem, type Fault } from '@/api/problems'
import { ConfirmDialog } from '@/parts/ConfirmDialog'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { exportedCatalogue, useImport, type WrittenDefinition } from '../api/catalogue'
import { definitionsIn } from './file'

/** Its buttons, and `children` after them. */
export function CatalogueFile({ children }: { readonly children: ReactNode }) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const [read, setRead] = useState<readonly WrittenDefinition[] | null>(null)
  const [isUnreadable, setUnreadable] = useState(false)
  const save = useMutation({
    mutationFn: exportedCatalogue,
    onSuccess: (file) => {
      saveBlob(file, 'achievements.json')
      toasts.done(t('admin.file.exported'))
    },
  })
  const choose = async (file: File | null) => {
    const found = file === null ? null : definitionsIn(await file.text())
    setUnreadable(file !== null && found === null)
    setRead(found)
  }
  return (
    <>
      <Button variant="default" leftSection={<Download size={18} aria-hidden />} loading={save.isPending} onClick={() => save.mutate()}>
        {t('admin.file.export')}
      </Button>
      <FileButton accept="application/json,.json" onChange={(file) => void choose(file)} inputProps={{ 'aria-label': t('admin.file.choose') }}>
        {(props) => (
          <Button variant="default" leftSection={<Upload size={18} aria-hidden />} {...props}>
            {t('admin.file.import')}
          </Button>
        )}
      </FileButton>
      {children}
      <FormFault text={isUnreadable ? t('admin.file.unreadable') : problems.text(save.error)} />
      {read !== null && <Import definitions={read} onClose={() => setRead(null)} />}
    </>
  )
}

function Import({ definitions, onClose }: { readonly definitions: readonly WrittenDefinition[]; readonly onClose: () => void }) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const take = useImport()
  const faults = take.error instanceof Problem ? take.error.faults : []
  return (
    <ConfirmDialog
      title={t('admin.file.importTitle')}
      action={t('admin.file.import')}
      isPending={take.isPending}
      error={problems.text(take.error)}
      onClose={onClose}
      onConfirm={() =>
        take.mutate([...definitions], {
          onSuccess: ({ added, changed, unchanged }) => {
            toasts.done(t('admin.file.imported', { added: added.length, changed: changed.length, unchanged }))
            onClose()
          },
        })
      }
    >
      <p>{t('admin.file.importText', { count: definitions.length })}</p>
      <ul className={styles['codes']}>
        {definitions.map(({ code }, index) => (
          // A file may have a code twice, which the service then refuses.
          <li key={`${index} ${code}`}>{code}</li>
        ))}
      </ul>
      <Faults faults={faults} definitions={definitions} />
    </ConfirmDialog>
  )
}

interface FaultsProps {
  readonly faults: readonly Fault[]
  readonly definitions: readonly WrittenDefinition[]
}

/** Each with the achievement that it is in, and the way to its place. */
function Faults({ faults, definitions }: FaultsProps) {
  const problems = useProblems('admin')
  if (faults.length === 0) return null
  return (
    <ul className={styles['plain']}>
      {faults.map((fault) => {
        const index = Number(/^\/achievements\/(\d+)/.exec(fault.pointer)?.[1] ?? 0)
        const rest = fault.pointer.replace(/^\/achievements\/\d+/, '')
        return (
          <li key={`${fault.pointer} ${fault.code}`}>
            <strong>{definitions[index]?.code}</strong> {rest}: {problems.fault(fault)}
          </li>
        )
      })}
    </ul>
  )
}
