"""The Binance front: spot REST, the websocket API and the market streams, as a loopback server.

The simulated exchange stands behind it. What is simulated, and what is not, stands in docs/brokers/binance.md.

Reading order: `forms` (numbers and instants as text), `refusal`, `fields` (a request's parameters), `listing` (what is
traded, and its filters), `ladder` (what stands in the book), `ticket` (what a client may order), `books` (orders,
trades, lists, balances), `views` (orders as JSON), `events` (what the account's stream tells), `clerk` (from the
exchange's words to the books), `checks` (money and prices), `desk` (orders in), `lists` (orders in twos and threes),
`rows` and `prices` (prices by question), `call` (a request), `trading` (the account's half), `keys`, `meter` (weights
and bans), `market`, `frames` and `sockets` (the websockets), `server`.
"""
