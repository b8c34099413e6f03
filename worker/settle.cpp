#include "worker/settle.hpp"

#include "queue/follower.hpp"
#include "queue/history.hpp"
#include "queue/limit_text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace dormouse::worker {

namespace {

constexpr std::size_t longest_result = 16'384;

queue::settlement settlement_for(const queue::claimed_job& c, queue::settlement::verb what) {
    queue::settlement s;
    s.what = what;
    s.id = c.job.id;
    s.queue = c.job.queue;
    s.priority = c.job.priority;
    s.key = c.job.key;
    return s;
}

queue::settlement buried(const queue::claimed_job& c, queue::history h, std::string reason, const std::string& detail,
                         base::time_ms now) {
    auto s = settlement_for(c, queue::settlement::verb::dead);
    s.text = queue::to_json(queue::as_dead(std::move(h), std::move(reason), detail, now));
    return s;
}

// The kind's own result beside the id of the follower.
std::string with_follower(const std::string& result, const std::string& id) {
    boost::json::object out;
    if (!result.empty()) {
        boost::system::error_code broken;
        auto own = boost::json::parse(result, broken);
        if (!broken && own.is_object())
            out = std::move(own.get_object());
        else if (!broken)
            out["result"] = std::move(own);
    }
    out["then"] = id;
    return boost::json::serialize(out);
}

queue::settlement done_with_follower(const queue::claimed_job& c, const queue::outcome& o, base::time_ms now) {
    auto s = settlement_for(c, queue::settlement::verb::done);
    s.follower = std::make_shared<const queue::job>(queue::follower_of(c.job, now));
    s.text = with_follower(o.result, s.follower->id);
    return s;
}

std::string why(const queue::outcome& o) { return o.detail.empty() ? o.reason : o.reason + ": " + o.detail; }

queue::settlement later(const queue::claimed_job& c, const queue::outcome& o, base::time_ms due, base::time_ms now) {
    if (c.job.expire && due >= *c.job.expire)
        return buried(c, queue::after_outcome(c.history, o, now), "expired",
                      "the next try would be too late; " + why(o), now);
    auto s = settlement_for(c, queue::settlement::verb::later);
    s.due = due;
    s.text = queue::to_json(queue::after_outcome(c.history, o, now));
    return s;
}

}  // namespace

queue::outcome sanitised(queue::outcome o, base::time_ms now) {
    using verb = queue::outcome::verb;
    const bool known = o.what >= verb::done && o.what <= verb::drop;
    if (!known || (o.what == verb::defer && !o.when) || (o.what != verb::done && o.reason.empty()))
        return queue::retry(
            "bad_outcome",
            "the handler returned an outcome without " + std::string{o.what == verb::defer ? "a time" : "a reason"},
            o.sent);
    if (o.when && *o.when < now) o.when = now;
    if (o.result.size() > longest_result) o.result = R"({"cut":"the result was larger than 16 KiB"})";
    return o;
}

std::optional<queue::settlement> settlement_of(const queue::claimed_job& c, const queue::outcome& o, int last_attempt,
                                               base::ms backoff, base::time_ms now) {
    using verb = queue::outcome::verb;
    switch (o.what) {
        case verb::done: {
            if (c.job.then) return done_with_follower(c, o, now);
            const bool nothing_kept =
                o.result.empty() && c.history.attempts == 0 && c.history.crashes == 0 && c.history.defers == 0;
            if (nothing_kept) return std::nullopt;
            auto s = settlement_for(c, queue::settlement::verb::done);
            s.text = o.result;
            return s;
        }
        case verb::drop: {
            auto s = settlement_for(c, queue::settlement::verb::done);
            s.text = boost::json::serialize(boost::json::object{{"dropped", o.reason}, {"detail", o.detail}});
            return s;
        }
        case verb::dead: return buried(c, queue::after_outcome(c.history, o, now), o.reason, o.detail, now);
        case verb::defer: return later(c, o, *o.when, now);
        case verb::retry: break;
    }
    if (c.attempt() >= last_attempt)
        return buried(c, queue::after_outcome(c.history, o, now), "exhausted",
                      std::to_string(c.attempt()) + " attempts, the last: " + why(o), now);
    return later(c, o, o.when.value_or(now + backoff), now);
}

queue::settlement release_of(const queue::claimed_job& c) {
    return settlement_for(c, queue::settlement::verb::release);
}

queue::settlement waiting_of(const queue::claimed_job& c, const std::vector<queue::limit>& limits) {
    auto s = settlement_for(c, queue::settlement::verb::wait);
    s.text = queue::limit_text(c.job.queue, limits);
    return s;
}

queue::settlement parking_of(const queue::claimed_job& c, std::string lane) {
    auto s = settlement_for(c, queue::settlement::verb::park);
    s.lane = std::move(lane);
    return s;
}

queue::settlement farewell_to(std::string id) {
    queue::settlement s;
    s.what = queue::settlement::verb::gone;
    s.id = std::move(id);
    return s;
}

queue::settlement burial_of(const queue::claimed_job& c, std::string reason, const std::string& detail,
                            base::time_ms now) {
    return buried(c, c.history, std::move(reason), detail, now);
}

}  // namespace dormouse::worker
