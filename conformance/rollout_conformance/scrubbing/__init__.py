"""A shareable copy of session rollouts: the same structure, lengths and identities, none of the content.

`files` copies files and folders, `inplace` rewrites a line without parsing it away, `masks` replaces strings,
`moments` moves times, `words` says what may stay.
"""
