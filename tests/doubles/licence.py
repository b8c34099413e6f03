#!/usr/bin/python3
"""A licence server by its contract (spec 3-jobs B3, the owner's paper on licences): provision makes a row or renews it,
a period moves the date of an active row and says how many rows it changed.

    licence.py --port-file FILE --secret X_WC_SECRET [--port N] [--close]

Beside /_double/ of double.py:
    GET  /_double/rows      the rows by subscription
    POST /_double/rows      {"subscription_id", members…}: makes or changes one
    POST /_double/secret    {"secret"}: what is accepted from now on
"""
import re
import sys

sys.dont_write_bytecode = True

from double import Double, run

PERIODS = ("day", "week", "month", "year")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Licence(Double):
    def __init__(self, secret):
        super().__init__()
        self.secret = secret
        self.rows = {}

    def steer(self, request):
        if request.path == "/_double/secret":
            self.secret = request.json["secret"]
            return 200, {}
        if request.path == "/_double/rows":
            if request.method == "POST":
                self.rows.setdefault(request.json["subscription_id"], {}).update(request.json)
            return 200, self.rows
        return super().steer(request)

    def answer(self, request, before_commit):
        if request.headers.get("X-WC-Secret") != self.secret:
            return 401, {"error": "unauthorized"}
        if request.method != "POST" or request.path not in ("/wc/provision", "/wc/subscription_period"):
            return 404, {"error": "not_found"}
        wish = request.json
        if not isinstance(wish, dict) or not str(wish.get("subscription_id", "")).startswith("wc_sub_"):
            return 400, {"error": "invalid_subscription_id"}
        before_commit()
        with self.lock:
            return self.provision(wish) if request.path == "/wc/provision" else self.period(wish)

    def provision(self, wish):
        if not wish.get("email"):
            return 400, {"error": "invalid_email"}
        self.rows.setdefault(wish["subscription_id"], {}).update(wish)
        return 200, {"ok": True, "updated": 1}

    def period(self, wish):
        interval = wish.get("billing_interval")
        if wish.get("billing_period") not in PERIODS or type(interval) is not int or interval < 1 \
                or not DATE.fullmatch(str(wish.get("next_payment_date_gmt"))):
            return 400, {"error": "invalid_period"}
        row = self.rows.get(wish["subscription_id"])
        if not row or row.get("status") != "active":
            return 200, {"ok": True, "updated": 0}
        row.update(wish)
        return 200, {"ok": True, "updated": 1}


if __name__ == "__main__":
    run(__doc__.splitlines()[0], lambda options: Licence(options.secret),
        lambda parser: parser.add_argument("--secret", required=True))
