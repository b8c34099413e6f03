#!/usr/bin/python3
"""A wallet by its contract (spec 3-jobs B4, the owner's paper on wallets): balances, charges, transactions, and a store
of idempotency keys as Stripe's: a stored answer is repeated for the same key, a refusal (402) too; the same key with
other parameters is 422; while the first is still being worked on it is 409. A request that was never good (400, 404)
leaves its key free.

    wallet.py --port-file FILE --key API_KEY [--port N] [--close]

Beside /_double/ of double.py:
    POST /_double/wallets   {"project_id", "balance", "currency"?}: makes it or sets it
    GET  /_double/ledger    every charge with its key
"""
import datetime
import sys

sys.dont_write_bytecode = True

from double import Double, run


class Wallet(Double):
    def __init__(self, key):
        super().__init__()
        self.api_key = key
        self.wallets = {}   # project -> {"balance", "currency"}
        self.answers = {}   # idempotency key -> {"params", "answer": (status, object) or None while it runs}
        self.ledger = []

    def steer(self, request):
        if request.path == "/_double/wallets":
            wish = request.json
            self.wallets[wish["project_id"]] = {"balance": wish["balance"], "currency": wish.get("currency", "RUB")}
            return 200, {}
        if request.path == "/_double/ledger":
            return 200, self.ledger
        return super().steer(request)

    def answer(self, request, before_commit):
        if request.headers.get("X-Api-Key") != self.api_key:
            return 401, {"error": "unauthorized"}
        if request.path == "/api/wallet/v1/charge" and request.method == "POST":
            return self.charge(request, before_commit)
        if request.path == "/api/wallet/v1/transactions" and request.method == "GET":
            before_commit()
            with self.lock:
                return self.transactions(request.query)
        return 404, {"error": "not_found"}

    def charge(self, request, before_commit):
        wish = request.json
        if not isinstance(wish, dict):
            return 400, {"error": "invalid_json"}
        key = wish.get("idempotency_key")
        if not key or not isinstance(key, str) or request.headers.get("Idempotency-Key", key) != key:
            return 400, {"error": "missing_idempotency_key"}
        params = {name: wish.get(name) for name in ("project_id", "amount", "currency", "reason")}
        with self.lock:
            refused = self.refusal(params)
            if refused:
                return refused
            known = self.answers.get(key)
            if known and known["params"] != params:
                return 422, {"error": "idempotency_key_reused"}
            if known:
                return known["answer"] or (409, {"error": "in_progress"})
            self.answers[key] = {"params": params, "answer": None}
        before_commit()
        with self.lock:
            answer = self.apply(key, params)
            self.answers[key]["answer"] = answer
            return answer

    def refusal(self, params):
        amount = params["amount"]
        if type(amount) is not int or not 0 < amount < 2 ** 53:
            return 400, {"error": "invalid_amount"}
        wallet = self.wallets.get(str(params["project_id"]))
        if not wallet:
            return 404, {"error": "wallet_not_found"}
        if params["currency"] not in (None, wallet["currency"]):
            return 400, {"error": "currency_mismatch"}
        return None

    def apply(self, key, params):
        wallet, amount = self.wallets[str(params["project_id"])], params["amount"]
        if wallet["balance"] < amount:
            return 402, {"error": "insufficient_funds", "balance": wallet["balance"]}
        wallet["balance"] -= amount
        now = datetime.datetime.now(datetime.timezone.utc)
        done = {"transaction_id": f"txn_{len(self.ledger) + 1:06}", "project_id": params["project_id"], "type": "charge",
                "amount": amount, "reason": params["reason"], "balance_after": wallet["balance"],
                "status": "completed", "created_at": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        self.ledger.append({**done, "idempotency_key": key})
        return 200, done

    def transactions(self, query):
        """Newest first, without keys: callers know them again by the reason."""
        wanted = [t for t in reversed(self.ledger) if t["project_id"] == query.get("project_id")
                  and query.get("type", t["type"]) == t["type"]]
        limit, offset = query.get("limit", "20"), query.get("offset", "0")
        if not (limit.isdecimal() and offset.isdecimal()):
            return 400, {"error": "invalid_page"}
        limit, offset = min(int(limit), 100), int(offset)
        shown = ("transaction_id", "type", "amount", "reason", "balance_after", "created_at")
        page = [{name: t[name] for name in shown} for t in wanted[offset:offset + limit]]
        return 200, {"transactions": page, "total": len(wanted), "limit": limit, "offset": offset}


if __name__ == "__main__":
    run(__doc__.splitlines()[0], lambda options: Wallet(options.key),
        lambda parser: parser.add_argument("--key", required=True))
