"""The Alpaca front: Trading API v2, market data and streams, as a loopback server.

The simulated exchange stands behind it.

Written after the published specification; what is simulated, and what is not, stands in docs/brokers/alpaca.md.

Reading order: `forms` (numbers, instants and ids as text), `refusal`, `ticket` (what a client may order), `books`
(orders, executions, positions, cash), `views` (all of it as JSON), `clerk` (from the exchange's words to the
books), `auction` (orders that wait for one), `checks` (money and units), `desk` (orders in), `shelf` (orders by
page), `tape` (prices), `data` (prices by question), `call` (a request), `trading` and `prices` (the two halves of
REST), `markets` (hours), `events` (activities as they happen), `stream`, `said` and `sockets` (the websockets),
`rehearsal` (the stock for tests), `market`, `server`; `manual` (acts by hand), `hands` (what faults are lent),
`operator`.
"""
