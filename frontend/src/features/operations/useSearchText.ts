import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { useSearchParams } from 'react-router'

/** The text of a search field that the address remembers: typed at once, searched for after a moment. */
export function useSearchText(name: string): readonly [string, (text: string) => void] {
  const [params, setParams] = useSearchParams()
  const [text, setText] = useState(params.get(name) ?? '')
  const search = useDebouncedCallback((typed: string) => {
    setParams(
      (before) => {
        if (typed.trim() === '') before.delete(name)
        else before.set(name, typed.trim())
        return before
      },
      { replace: true },
    )
  }, 300)
  const change = (typed: string) => {
    setText(typed)
    search(typed)
  }
  return [text, change]
}
