#include "jobs/grant/answer.hpp"

#include "base/utc.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace dormouse::jobs::grant {

namespace {

namespace json = boost::json;
using api::ended_call;
using api::memory;
using api::verdict;

constexpr std::size_t longest_key = 255;
constexpr auto bad_answers = "bad_answers";
constexpr auto routeless_since = "no_route_since";
constexpr auto waiting_since = "waiting_since";

bool is_date(std::string_view text) {
    return base::parse_utc(text.size() == std::string_view{"2026-02-07"}.size() ? std::string{text} + " 00:00:00"
                                                                                : std::string{text})
        .has_value();
}

base::error not_as_promised(const std::string& what) { return {base::errc::protocol, "the answer " + what}; }

/// The endpoint says for itself that nothing was granted.
bool is_unfinished(std::string_view status) noexcept {
    return !status.empty() && status != "granted" && status != "already_granted";
}

verdict bad_answer(const ended_call& c, memory& past, const std::string& why) {
    auto detail = c.subject + ": HTTP " + std::to_string(c.said.status()) + ", but " + why;
    if (past.add(bad_answers) > most_bad_answers)
        return {queue::dead("bad_answer", std::move(detail), queue::sent::answered)};
    auto v = api::repeated(c, "bad_answer", longest_trying);
    v.outcome.detail = std::move(detail);
    return v;
}

verdict success(const ended_call& c, const grant_args& args, memory& past) {
    auto granted = read_grant(c.said, args);
    if (!granted) return bad_answer(c, past, granted.error().detail);
    return {queue::done(std::move(*granted))};
}

verdict redirected(const ended_call& c, memory& past) {
    return bad_answer(c, past, "a redirect is not followed: set kinds.grant.url to where it leads");
}

verdict still_at_it(const ended_call& c, memory& past, base::random_source& random) {
    auto v = api::in_progress(c, past, 2s, 15s, random);
    return past.count("conflicts") > most_conflicts ? api::parked(c, "in_progress") : v;
}

// WordPress knows no such route, or it was not WordPress that answered. Another 404 is the endpoint's own: no such
// level.
verdict not_found(const ended_call& c, memory& past, base::random_source& random) {
    const auto code = c.said.text("code");
    if (!code.empty() && code != "rest_no_route") return api::parked(c, "refused");
    if (c.now - past.since(routeless_since, c.now) >= longest_without_route)
        return api::parked(c, "no_route", "nobody answers at the grant endpoint: is the plugin active?");
    const auto pause = api::random_between(route_pause, route_pause + 30s, random);
    return {queue::retry_at(c.now + pause, "no_route", api::about(c), queue::sent::answered)};
}

verdict answered(const ended_call& c, const grant_args& args, memory& past, base::random_source& random) {
    const int status = c.said.status();
    switch (status) {
        case 200:
        case 201: return success(c, args, past);
        case 202:  // what an asynchronous endpoint says to others; the worker never asks for it
        case 409: return still_at_it(c, past, random);
        case 401:
        case 403: return api::key_refused(c, random);
        case 404: return not_found(c, past, random);
        case 408:
        case 425: return api::repeated(c, "try_again", longest_trying);
        case 422:
            if (c.said.text("code") == "dormouse_key_withdrawn")
                return api::parked(c, "key_withdrawn", "the access code was taken back before it could be activated");
            return api::parked(c, "key_reused", "the site knows this external_id with other facts");
        case 429: return api::told_to_wait(c, past, "rate_limited", 30s, random);
        case 503: return api::told_to_wait(c, past, "unavailable", 30s, random);
        default: break;
    }
    if (status >= 500) return api::repeated(c, "server_error", longest_trying);
    if (status >= 400) return api::parked(c, "refused");
    if (status >= 300) return redirected(c, past);
    return bad_answer(c, past, "that is no answer to a grant");
}

}  // namespace

base::result<std::string> read_grant(const api::answer& said, const grant_args& args) {
    const auto& response = said.exchange.response;
    if (!said.json || !said.json->is_object())
        return not_as_promised("is no JSON object (" + std::string{response.header("Content-Type")}.substr(0, 60) +
                               ", " + std::to_string(response.body.size()) + " bytes)");
    const auto user = said.integer("user_id");
    if (!user || *user <= 0) return not_as_promised("names no user_id");
    if (said.integer("term_id") != args.term_id) return not_as_promised("names another term_id");
    const auto key = said.text("key");
    if (key.empty() || key.size() > longest_key) return not_as_promised("holds no key");
    const auto status = said.text("status");
    if (is_unfinished(status)) return not_as_promised("has a status other than granted");
    const auto end = said.text("date_end");
    if (!is_date(end) && !(end.empty() && args.unlimited)) return not_as_promised("has no date_end");
    json::object result{{"user_id", *user}, {"term_id", args.term_id}, {"key", key}};
    if (!end.empty()) result["date_end"] = end;
    if (const auto start = said.text("date_start"); is_date(start)) result["date_start"] = start;
    result["status"] = status.empty() ? std::string_view{"granted"} : status;
    result["external_id"] = args.external_id;
    return json::serialize(result);
}

verdict decide(const ended_call& call, const grant_args& args, memory past, base::random_source& random) {
    const int status = call.said.status();
    if (status != 429 && status != 503) past.forget(waiting_since);
    if (status != 404) past.forget(routeless_since);
    auto v =
        status == 0 ? api::repeated(call, api::failure_of(call), longest_trying) : answered(call, args, past, random);
    v.outcome.state = past.state();
    return v;
}

}  // namespace dormouse::jobs::grant
