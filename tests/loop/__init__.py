"""The second layer of the simulation tester: the live shell and the plain venue's line on a clock of our own.

The shell, its line, the websocket library on both sides and the venue's server are the real ones. Simulated are the
event loop's time (`virtual`), the bytes' way between the two (`network`), the disk and the chance (`tests/sim`).
Reading order: `virtual`, `network`, `faults`, `trial`, `campaign`.
"""
