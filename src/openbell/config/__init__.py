"""From a YAML file to a checked plan, with every error at once and each with its line.

May import: `core`, `schema`, pydantic (in option models), ruamel.yaml. Option models, capabilities and limits of
parts and edges are handed in by `run.assemble` as a `Catalog`.

Reading order: `load` (the one way in), `model` (what the file may say), `catalog` (what assemble hands over),
`document` (YAML with positions), `environment` (what stands outside the file), `variables` (`${NAME}` and masking),
`explain` (errors), `lint` (what contradicts what), `plan` (the run in words), `origins` (where each value is from),
`emit` (JSON Schema, canonical form, digest), `starter` (a first file).
"""
