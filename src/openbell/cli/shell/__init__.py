"""What the verbs share: words in, words out, failures, the live view.

May import everything below `cli`; heavy modules only inside functions, so that help and status come at once.

Reading order: `failure`, `output`, `helptext`, `table`, `options`, `place`, `begin`, `interrupt`, `onlooker`,
`screen`, `finish`, `drive`, `order`.
"""
