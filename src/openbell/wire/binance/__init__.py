"""The Binance front.

Spot REST, the websocket API and the market streams, as a loopback server.

The simulated exchange stands behind it. What is simulated, and what is not, stands in docs/brokers/binance.md.

Reading order: `forms` (numbers and instants as text), `refusal`, `fields` (a request's parameters), `listing` (what
is traded, and its filters), `ladder` (what stands in the book), `peg` (prices that hang on it), `ticket` (what a
client may order), `books` (orders, trades, lists), `views` (orders as JSON), `till` (coins), `events` and `herald`
(what the account's stream is told), `trigger` (what waits for the price), `clerk` (from the exchange's words to the
books), `checks` (money and prices), `desk` (orders in), `lists` (orders in twos and threes), `rows` and `prices`
(prices by question), `meter` (weights and bans), `call` (a request), `trading` (the account's half), `keys`,
`stamps` (units of time), `frames`, `api` and `sockets` (the websockets), `market`, `server`.
"""
