// Filters stand in the address, so that a link, a reload and the back button keep them.
import { useSearchParams } from 'react-router'

type Values = Readonly<Record<string, string | null>>

/** The parameters of the address, and what sets some of them; null or '' takes one out. */
export function useAddress() {
  const [search, setSearch] = useSearchParams()
  const set = (values: Values, options: { readonly replace?: boolean } = {}) =>
    setSearch((before) => {
      for (const [name, value] of Object.entries(values)) {
        if (value === null || value === '') before.delete(name)
        else before.set(name, value)
      }
      return before
    }, { replace: options.replace ?? false })
  return { get: (name: string) => search.get(name), set }
}
