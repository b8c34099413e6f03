#pragma once
// Each script of a worker is stopped after each of its commands, on a queue prepared anew. Then the call is made again,
// as a worker does, and the worker dies: whatever was accepted must have run, or have ended as it was told to.

#include "tests/integration/queue/operator_world.hpp"
#include "tests/integration/queue/stopped_script.hpp"

#include <functional>
#include <map>
#include <set>

namespace dormouse::queue {

class abort_world : public operator_world {
protected:
    using verb = std::function<base::result<void>(const scripts&)>;

    /// Between the abort and the next try another worker may run what it finds.
    enum class meanwhile { nothing, another_worker };

    broker make_broker(const scripts& text, const std::string& name = "w1") {
        return {connection, names, name, settings.queue, base::ms{60'000}, {"webhook"}, text};
    }

    void stop_everywhere(redis::script scripts::* which, int least, const std::function<void()>& prepare,
                         const verb& act) {
        for (const auto m : {meanwhile::nothing, meanwhile::another_worker}) {
            int n = 0;
            for (bool through = false; !through; ++n) {
                SCOPED_TRACE("stopped at command " + std::to_string(n) +
                             (m == meanwhile::nothing ? "" : ", another worker meanwhile"));
                ASSERT_LT(n, 100);
                clean();
                prepare();
                auto text = the_scripts();
                text.*which = stopped_at(the_scripts().*which, n);
                const auto answer = act(text);
                through = bool(answer);
                if (!through) {
                    ASSERT_NE(answer.error().message().find("stopped here"), std::string::npos)
                        << answer.error().message();
                    for (const auto& id : accepted) EXPECT_TRUE(is_somewhere(id)) << id;
                    check_limits();
                    if (m == meanwhile::another_worker) run_all("w2");
                    const auto again = act(the_scripts());
                    ASSERT_TRUE(again) << again.error().message();
                }
                bring_to_the_end();
                if (HasFailure()) return;
            }
            EXPECT_GT(n, least) << "the script makes more commands than that";
        }
    }

    void clean() {
        say({"FLUSHALL"});
        ASSERT_TRUE(run(worker.beat(true, {})));
        accepted.clear();
        ended.clear();
        ran.clear();
        runs.clear();
    }

    /// A job that must run before all is over.
    std::string accept(const job& j) {
        accepted.insert(j.id);
        return j.id;
    }

    bool has(std::initializer_list<std::string_view> command) { return !say(command).is_nil(); }

    bool is_somewhere(const std::string& id) {
        if (has({"ZSCORE", names.done(), id})) return ended.contains(id) || ran.contains(id);
        const auto intake = say({"LRANGE", names.in(), "0", "-1"});
        for (const auto envelope : intake)
            if (envelope.text().find(id) != std::string_view::npos) return true;
        if (say({"HEXISTS", names.job(), id}).integer() == 0) return done_is_forgotten && ended.contains(id);
        bool listed = has({"LPOS", names.lane("webhook", "a"), id}) || has({"ZSCORE", names.dead(), id});
        for (const auto& [limit, most] : limits) listed = listed || has({"LPOS", names.waiting("webhook", limit), id});
        for (int p = priority_high; p <= priority_low; ++p)
            listed = listed || has({"LPOS", names.ready("webhook", p), id}) ||
                     has({"ZSCORE", names.later("webhook"), later_member(p, id)});
        for (const auto* w : {"w1", "w2"}) listed = listed || say({"SISMEMBER", names.own(w), id}).integer() == 1;
        return listed;
    }

    /// A worker claims and ends all it can get.
    void run_all(const std::string& name) {
        auto b = make_broker(the_scripts(), name);
        ASSERT_TRUE(run(b.beat(true, {})));
        work_request r;
        r.claim = 50;
        r.sources.push_back({"webhook", priority_normal, "a", 50});
        r.sources.push_back({"webhook", priority_normal, {}, 50, true});
        for (int p = priority_high; p <= priority_low; ++p) r.sources.push_back({"webhook", p, {}, 50});
        for (int rounds = 0;; ++rounds) {
            ASSERT_LT(rounds, 1'000);
            const auto got = run(b.work(r, {}));
            ASSERT_TRUE(got) << got.error().message();
            check_limits();
            r.acks.clear();
            r.settlements.clear();
            for (const auto& c : got->claimed) {
                ran.insert(c.job.id);
                ++runs[c.job.id];
                r.acks.push_back(c.job.id);
            }
            for (const auto& id : got->gone) {
                auto& s = r.settlements.emplace_back();
                s.what = settlement::verb::gone;
                s.id = id;
            }
            const bool paced = got->next_due && *got->next_due < got->now + 20ms;  // by a rate
            if (r.acks.empty() && r.settlements.empty() && !paced) break;
        }
    }

    /// Nobody holds more places than there are.
    void check_limits() {
        for (const auto& [limit, most] : limits)
            EXPECT_LE(say({"ZLEXCOUNT", names.places(), "[" + limit + " ", "(" + limit + "!"}).integer(), most)
                << limit;
    }

    /// w1 dies, w2 takes over and runs what is left. Nothing may lie about after that.
    void bring_to_the_end() {
        auto heir = make_broker(the_scripts(), "w2");
        ASSERT_TRUE(run(heir.beat(true, {})));
        say({"ZADD", names.workers(), "1", "w1"});
        const auto orphans = run(heir.owned_by("w1", 100, {})).value();
        const auto taken = run(heir.recover("w1", orphans, base::system_clock().now(), {}));
        ASSERT_TRUE(taken) << taken.error().message();
        EXPECT_EQ(taken->jobs_left, 0U);
        run_all("w2");

        for (const auto& id : accepted) EXPECT_TRUE(ran.contains(id) || ended.contains(id)) << "lost: " << id;
        EXPECT_EQ(say({"LLEN", names.in()}).integer(), 0);
        EXPECT_EQ(say({"SCARD", names.own("w1")}).integer(), 0);
        EXPECT_EQ(say({"SCARD", names.own("w2")}).integer(), 0);
        EXPECT_EQ(say({"ZCARD", names.later("webhook")}).integer(), 0);
        EXPECT_EQ(say({"ZCARD", names.places()}).integer(), 0) << "a place leaked";
        EXPECT_EQ(say({"HLEN", names.limits()}).integer(), 0);
        // Every envelope that is still kept belongs to a dead job.
        for (const auto id : say({"HKEYS", names.job()}))
            EXPECT_TRUE(has({"ZSCORE", names.dead(), id.text()})) << "nobody finds " << id.text();
    }

    settlement end_of(const job& j, settlement::verb what, const std::string& text = {}) {
        return {what, j.id, j.queue, j.priority, {}, j.key, base::system_clock().now(), text};
    }
    static std::string some_history() { return to_json(after_crash({}, base::system_clock().now())); }

    std::set<std::string> accepted;  ///< Ids that must run or end.
    std::set<std::string> ended;     ///< Those that the verb itself ends.
    std::set<std::string> ran;
    std::map<std::string, int> runs;
    std::map<std::string, int> limits;  ///< Places of each limit of the test.
    bool done_is_forgotten = false;     ///< The verb also trims what has ended.
};

}  // namespace dormouse::queue
