import { Button } from '@mantine/core'

import { useWords } from '@/words/words'

import styles from './forms.module.css'

interface Props {
  readonly submit: string
  readonly isPending: boolean
  readonly onCancel: () => void
}

/** The buttons at the end of a form: `submit` is the label of the first, the second leaves without saving. */
export function FormActions({ submit, isPending, onCancel }: Props) {
  const { t } = useWords()
  return (
    <div className={styles['actions']}>
      <Button type="submit" loading={isPending}>
        {submit}
      </Button>
      <Button variant="default" onClick={onCancel}>
        {t('parts.cancel')}
      </Button>
    </div>
  )
}
