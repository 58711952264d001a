"""Reason codes: why an order was made, refused or not even thought of.

One integer per reason, in ranges by area; `label` gives the printed form, for example `R204`.
"""

from enum import IntEnum


class Code(IntEnum):
    """Every reason an evaluation or an order can end in. 0 is only ever 'nothing to say'."""

    OK = 0
    # S: signals and decisions
    NO_SIGNAL = 1
    WARMING_UP = 2
    ALREADY_DECIDED = 3
    CROSS_UP = 10
    CROSS_DOWN = 11
    SIGNAL_LONG = 12
    SIGNAL_SHORT = 13
    SIGNAL_FLAT = 14
    REBALANCE = 15
    STRATEGY_ERROR = 20
    FROZEN = 21
    BAD_WISH = 22
    SUBMITTED = 30
    ALREADY_AT_TARGET = 31
    WAITING_FOR_ORDER = 32
    WAITING_FOR_PERSON = 33
    STOP_LOSS = 40
    TAKE_PROFIT = 41
    TRAILING_STOP = 42
    MANUAL = 43
    EMERGENCY_STOP = 44
    STOP_COMMAND = 45
    REDUCED = 46
    TRIAL_ORDER = 47
    # D: data
    BAD_NAN = 100
    BAD_ZERO = 101
    BAD_OHLC = 102
    BAD_CROSSED = 103
    BAD_JUMP = 104
    BAD_DUPLICATE = 105
    BAD_ORDER = 106
    BAD_VOLUME = 107
    BAD_UNKNOWN = 108
    BAD_LOCKED = 109
    STALE_DATA = 110
    OUT_OF_SESSION = 111
    NO_MARK = 112
    HALTED = 113
    # R: risk
    KILLED = 200
    LATCHED = 201
    SESSION_HOURS = 202
    DAILY_LOSS = 203
    MAX_POSITION = 204
    MAX_POSITIONS = 205
    DUPLICATE = 206
    BUYING_POWER = 207
    BUDGET = 208
    DISK = 209
    NOT_READY = 210
    NETTING = 211
    WOULD_FLIP = 212
    MISMATCH = 213
    RULE_ERROR = 214
    DRAWDOWN = 215
    ORDER_QUANTITY = 216
    ORDER_NOTIONAL = 217
    LIQUIDITY = 218
    PRICE_COLLAR = 219
    NO_REFERENCE = 220
    PRICE_DRIFT = 221
    REPEATED_FILLS = 222
    ORDER_RATE = 223
    DAILY_TRADES = 224
    OPEN_ORDERS = 225
    GROSS_EXPOSURE = 226
    NET_EXPOSURE = 227
    CONCENTRATION = 228
    LEVERAGE = 229
    MIN_CASH = 230
    TRADE_RISK = 231
    PORTFOLIO_RISK = 232
    CORRELATION = 233
    SYMBOL_VOLATILITY = 234
    PORTFOLIO_VOLATILITY = 235
    WEEKLY_LOSS = 236
    MONTHLY_LOSS = 237
    STOP_OUTS = 238
    REJECT_STREAK = 239
    SELF_MATCH = 240
    RESTRICTED = 241
    STALE = 242
    NEAR_CLOSE = 243
    HOLDING_PERIOD = 244
    ORDER_TIMEOUT = 245
    SLIPPAGE = 246
    SOURCE_BUDGET = 247
    UNCONFIRMED = 248
    SURVEILLANCE = 249
    DISCONNECTED = 250
    COOL_DOWN = 251
    LOSS_STREAK = 252
    POSITION_QUANTITY = 253
    NOT_ARMED = 254
    # O: orders
    BELOW_MINIMUM = 300
    SHORT_NOT_ALLOWED = 301
    OFF_TICK = 302
    OFF_LOT = 303
    BAD_PRICE = 304
    UNKNOWN_ORDER = 305
    TOO_LATE = 306
    NO_LIQUIDITY = 307
    NO_AUCTION = 308
    SESSION_END = 309
    OCO = 310
    DRY_RUN = 311
    DUPLICATE_ID = 312
    WOULD_INCREASE = 313
    OPERATOR = 314
    REPLACED_BY_SIGNAL = 315
    DELISTED = 316
    ABSENT = 317


_AREAS = ((100, "S"), (200, "D"), (300, "R"), (400, "O"))


def label(code: int) -> str:
    """Return the printed form of a code: its area letter, its number and its name."""
    known = _LABELS.get(code)
    return known if known is not None else _label(Code(code))


def _label(code: Code) -> str:
    letter = next(letter for bound, letter in _AREAS if code < bound)
    return f"{letter}{code:03d} {code.name.lower()}"


_LABELS = {int(code): _label(code) for code in Code}
