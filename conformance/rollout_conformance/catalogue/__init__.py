"""The catalogue of session rollouts: every line type, shape and field, with the versions that wrote it.

`typed` takes names, types and optionality from the shapes of the reference, `history` the versions from
`spec/session/history.toml`; `build` joins them, `page` renders the page; `model` reads the result.
"""
