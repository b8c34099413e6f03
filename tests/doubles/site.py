#!/usr/bin/python3
"""A school's WordPress as far as the worker calls it: the grant endpoint of the bridge and of the order API, and the
companion's subscriptions (spec 3-jobs B2, B3). A grant is stored by its external_id: the same one again is
`already_granted`, with other facts it is 422.

    site.py --port-file FILE --grant-key KEY --order-token TOKEN --companion-key KEY [--port N] [--close]

Beside /_double/ of double.py:
    GET  /_double/grants          every grant by its external_id
    GET  /_double/most_at_once    {"all", "person"}: most requests for grants under way at once, in all and for a person
    POST /_double/subscriptions   {"subscription_id", members…}: makes or changes one
    POST /_double/keys            {"grant"?, "order"?, "companion"?}: what is accepted from now on
"""
import contextlib
import re
import sys

sys.dont_write_bytecode = True

from double import Double, run

SUBSCRIPTION = re.compile(r"/wp-json/dormouse/v1/subscriptions/(\d+)")
ACTIVE = {"status": "active", "billing_period": "month", "billing_interval": 1,
          "next_payment_date_gmt": "2026-12-21 10:00:00", "start_date_gmt": "2026-11-21 10:00:00",
          "email": "anna@example.com", "first_name": "Anna", "last_name": "Ivanova", "user_id": 7, "order_id": 41,
          "product_ids": [9], "plugin": "wcs"}


def error(status, code):
    return status, {"code": code, "message": code, "data": {"status": status}}


class Site(Double):
    def __init__(self, keys):
        super().__init__()
        self.keys = keys
        self.grants = {}
        self.subscriptions = {}
        self.running = []  # persons of the grants under way
        self.most_at_once = {"all": 0, "person": 0}

    def steer(self, request):
        if request.path == "/_double/grants":
            return 200, self.grants
        if request.path == "/_double/most_at_once":
            return 200, self.most_at_once
        if request.path == "/_double/subscriptions":
            number = int(request.json["subscription_id"])
            self.subscriptions.setdefault(number, {**ACTIVE}).update(request.json)
            return 200, {}
        if request.path == "/_double/keys":
            self.keys.update(request.json)
            return 200, {}
        return super().steer(request)

    def answer(self, request, before_commit):
        with self.counted(request):
            before_commit()
            with self.lock:
                return self.route(request)

    @contextlib.contextmanager
    def counted(self, request):
        wish = request.json if isinstance(request.json, dict) else {}
        person = wish.get("user", wish.get("customer", {})).get("email")
        if not person:
            yield
            return
        with self.lock:
            self.running.append(person)
            most = self.most_at_once
            most["all"] = max(most["all"], len(self.running))
            most["person"] = max(most["person"], self.running.count(person))
        try:
            yield
        finally:
            with self.lock:
                self.running.remove(person)

    def route(self, request):
        target = request.method + " " + request.path
        asked = SUBSCRIPTION.fullmatch(request.path)
        if target == "POST /wp-json/mlgb/v1/grant":
            name, header, work = "grant", "X-API-Key", lambda: self.grant(request.json, "user", "grant")
        elif target == "POST /wp-json/mbl/v1/order/":
            name, header, work = "order", "Authorization", lambda: self.grant(request.json, "customer", "product")
        elif asked and request.method == "GET":
            name, header, work = "companion", "X-Dormouse-Key", lambda: self.subscription(int(asked[1]))
        else:
            return error(404, "rest_no_route")
        given = request.headers.get(header)
        return work() if given == self.keys[name] else error(403 if given else 401, "rest_forbidden")

    def grant(self, wish, person, extent):
        if not isinstance(wish, dict) or "@" not in wish.get(person, {}).get("email", ""):
            return error(400, "dormouse_bad_request")
        number = wish.get("external_id") or wish["meta"]["order_id"]
        facts = [wish[person]["email"], wish[extent]]
        known = self.grants.get(number)
        if known and known["facts"] != facts:
            return error(422, "dormouse_key_reused")
        if not known:
            self.grants[number] = {"facts": facts, "user_id": 7, "term_id": wish[extent]["term_id"],
                                   "key": f"CODE-{len(self.grants) + 1}", "date_start": "2026-11-21",
                                   "date_end": "2027-05-21", "external_id": number}
        answer = {k: v for k, v in self.grants[number].items() if k != "facts"}
        return (200, {**answer, "status": "already_granted"}) if known else (201, {**answer, "status": "granted"})

    def subscription(self, number):
        found = self.subscriptions.get(number)
        return (200, found) if found else error(404, "dormouse_no_subscription")


def add_options(parser):
    for name in ("--grant-key", "--order-token", "--companion-key"):
        parser.add_argument(name, required=True)


if __name__ == "__main__":
    run(__doc__.splitlines()[0],
        lambda o: Site({"grant": o.grant_key, "order": o.order_token, "companion": o.companion_key}), add_options)
