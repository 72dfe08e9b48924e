import { Button } from '@mantine/core'
import { Download } from 'lucide-react'

import { saveBlob } from '@/api/files'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import type { Dashboard } from './api/dashboard'
import { useExportAnalytics, type ExportedFile } from './api/exportAnalytics'

interface Props {
  /** What is shown: the file has the same days. */
  readonly answer: Dashboard | undefined
  readonly category: string | null
}

export function ExportButton({ answer, category }: Props) {
  const { t, format } = useWords()
  const toasts = useToasts()
  const exporting = useExportAnalytics()
  const saved = ({ content, name, days }: ExportedFile) => {
    saveBlob(content, name)
    const [from = '', to = from] = [days[0], days.at(-1)]
    toasts.done(
      days.length === 0
        ? t('exports.saved.empty')
        : t('exports.saved', { days: days.length, from: format.day(from, 'date'), to: format.day(to, 'date') }),
    )
  }
  const start = ({ from, to }: Dashboard) =>
    exporting.mutate({ from, to, ...(category !== null && { category_id: category }) }, { onSuccess: saved, onError: toasts.failed })
  return (
    <Button
      variant="default"
      leftSection={<Download size={16} aria-hidden />}
      aria-label={t('exports.csv.label')}
      loading={exporting.isPending}
      disabled={answer === undefined}
      onClick={() => answer !== undefined && start(answer)}
    >
      {t('exports.csv')}
    </Button>
  )
}
