#pragma once
// Jobs under limits, settled and claimed step by step by several workers of one site.

#include "queue/limit_text.hpp"
#include "tests/integration/queue/operator_world.hpp"

#include <map>

namespace dormouse::queue {

class limits_world : public operator_world {
protected:
    using limits = std::vector<limit>;

    broker& named(const std::string& name, std::vector<std::string> queues = {"webhook"}) {
        auto& b = brokers[name];
        if (!b) {
            b = std::make_unique<broker>(connection, names, name, settings.queue, base::ms{60'000}, std::move(queues));
            EXPECT_TRUE(run(b->beat(true, {})));
        }
        return *b;
    }

    static settlement end_of(const job& j, settlement::verb what, const std::string& text = {}) {
        return {what, j.id, j.queue, j.priority, {}, j.key, base::system_clock().now(), text};
    }
    static settlement waiting_of(const job& j, const limits& under) {
        return end_of(j, settlement::verb::wait, limit_text(j.queue, under));
    }

    /// Claimed from its ready list and sent into the line, as a worker does.
    job in_line(const limits& under, job j = make_job()) {
        running(j);
        settle(waiting_of(j, under));
        return j;
    }

    /// What a worker gets from the lines of a queue, with the settlements it sends along.
    std::vector<std::string> take(broker& by, int most = 10, std::vector<settlement> ends = {},
                                  const std::string& queue = "webhook") {
        work_request r;
        r.claim = most;
        r.now = base::system_clock().now();
        r.settlements = std::move(ends);
        r.sources.push_back({queue, priority_normal, {}, most, true});
        last = run(by.work(r, {})).value();
        EXPECT_EQ(last.with_places.size(), last.claimed.size());
        std::vector<std::string> ids;
        for (const auto& c : last.claimed) ids.push_back(c.job.id);
        return ids;
    }
    std::vector<std::string> take(int most = 10) { return take(worker, most); }

    void end(broker& by, const job& j, settlement::verb what = settlement::verb::done, const std::string& text = {}) {
        work_request r;
        r.now = base::system_clock().now();
        if (what == settlement::verb::done && text.empty())
            r.acks.push_back(j.id);
        else
            r.settlements.push_back(end_of(j, what, text));
        last = run(by.work(r, {})).value();
        EXPECT_TRUE(last.lost.empty());
    }

    std::int64_t places() { return say({"ZCARD", names.places()}).integer(); }
    std::int64_t records() { return say({"HLEN", names.limits()}).integer(); }
    static std::string some_history() { return to_json(after_crash({}, base::system_clock().now())); }

    std::map<std::string, std::unique_ptr<broker>> brokers;
    work_reply last;
};

}  // namespace dormouse::queue
