// Three workers that claim, end, abort and die at random, under limits that overlap: no limit is ever passed, and when
// the storm is over every job runs to its end without any housekeeping.
#include "queue/follower.hpp"
#include "tests/integration/queue/limits_world.hpp"
#include "tests/integration/queue/stopped_script.hpp"

#include <random>
#include <set>

namespace dormouse::queue {
namespace {

class LimitsStorm : public limits_world, public testing::WithParamInterface<unsigned> {
protected:
    struct member {
        std::string name;
        std::set<std::string> running;    ///< With their places.
        std::vector<std::string> unsent;  ///< Claimed from a ready list: to be sent into line.
    };

    int pick(int below) { return std::uniform_int_distribution{0, below - 1}(random); }

    void put_in(int count) {
        const std::vector<limit> some{{"a", 1, {}}, {"b", 2, {}}, {"c", 1, {}}, {"fast", 2, 60'000}, {"all", 4, {}}};
        for (const auto& l : some) most[l.name] = l.most;
        for (int i = 0; i < count; ++i) {
            auto j = make_job();
            j.id.clear();
            while (!base::is_ulid(j.id) || under.contains(j.id)) j.id = base::make_ulid(base::system_clock().now());
            limits wanted{some[static_cast<std::size_t>(pick(5))]};
            if (pick(2) == 0 && wanted[0].name != "all") wanted.push_back(some[4]);
            if (pick(4) == 0 && wanted[0].name != "c") wanted.push_back(some[2]);
            under[j.id] = wanted;
            jobs[j.id] = ready(j);
        }
    }

    work_request request_of(member& m, bool to_the_end) {
        work_request r;
        r.now = base::system_clock().now();
        for (const auto& id : m.unsent) r.settlements.push_back(waiting_of(jobs.at(id), under.at(id)));
        for (const auto& id : m.running) {
            if (!to_the_end && pick(3) == 0) continue;
            const auto fate = to_the_end ? 0 : pick(4);
            if (fate == 0) r.acks.push_back(id);
            if (fate == 1) r.settlements.push_back(end_of(jobs.at(id), settlement::verb::later, some_history()));
            if (fate == 2) r.settlements.push_back(end_of(jobs.at(id), settlement::verb::release));
        }
        r.claim = 1 + pick(6);
        r.sources.push_back({"webhook", priority_normal, {}, r.claim, true});
        for (int p = priority_high; p <= priority_low; ++p) r.sources.push_back({"webhook", p, {}, r.claim});
        return r;
    }

    void forget(member& m, const work_request& r) {
        for (const auto& id : r.acks) {
            m.running.erase(id);
            done.insert(id);
        }
        for (const auto& s : r.settlements) m.running.erase(s.id);
        m.unsent.clear();
    }

    void take_in(member& m, const work_reply& got) {
        for (const auto& c : got.claimed) {
            if (got.with_places.contains(c.job.id))
                m.running.insert(c.job.id);
            else
                m.unsent.push_back(c.job.id);
        }
        for (const auto& id : got.gone) farewells.push_back(id);
    }

    void work(member& m, bool to_the_end = false) {
        auto& b = named(m.name);
        auto r = request_of(m, to_the_end);
        for (const auto& id : std::exchange(farewells, {})) {
            auto& s = r.settlements.emplace_back();
            s.what = settlement::verb::gone;
            s.id = id;
        }
        if (!to_the_end && pick(3) == 0) {
            auto text = the_scripts();
            text.work = stopped_at(the_scripts().work, pick(60));
            broker breaking{connection, names, m.name, settings.queue, base::ms{60'000}, {"webhook"}, text};
            const auto got = run(breaking.work(r, {}));
            // The attempts it was to end have ended here, whatever Redis knows.
            forget(m, r);
            if (got) return take_in(m, *got);
            return settle_again(m, b, std::move(r));
        }
        const auto got = run(b.work(r, {}));
        ASSERT_TRUE(got) << got.error().message();
        forget(m, r);
        take_in(m, *got);
    }

    /// As a worker does after an answer that never came: the ends again, and back with what it did not know it has.
    void settle_again(member& m, broker& b, work_request r) {
        r.claim = 0;
        r.sources.clear();
        ASSERT_TRUE(run(b.work(r, {})));
        work_request back;
        for (const auto& o : run(b.owned_by(m.name, 500, {})).value())
            if (!m.running.contains(o.id))
                back.settlements.push_back(o.exists ? end_of(jobs.at(o.id), settlement::verb::release)
                                                    : settlement{settlement::verb::gone, o.id, {}, 1, {}, {}, {}, {}});
        ASSERT_TRUE(run(b.work(back, {})));
    }

    void die(member& m, member& heir) {
        say({"ZADD", names.workers(), "1", m.name});
        auto& b = named(heir.name);
        const auto taken =
            run(b.recover(m.name, run(b.owned_by(m.name, 500, {})).value(), base::system_clock().now(), {}));
        ASSERT_TRUE(taken) << taken.error().message();
        m.running.clear();
        m.unsent.clear();
        ASSERT_TRUE(run(named(m.name).beat(true, {})));
    }

    void check() {
        std::map<std::string, int> held;
        for (const auto& m : members)
            for (const auto& id : m.running)
                for (const auto& l : under.at(id)) ++held[l.name];
        for (const auto& [name, n] : held) ASSERT_LE(n, most.at(name)) << name;
    }

    std::mt19937 random{GetParam()};
    std::vector<member> members{{"s1", {}, {}}, {"s2", {}, {}}, {"s3", {}, {}}};
    std::map<std::string, job> jobs;
    std::map<std::string, limits> under;
    std::map<std::string, int> most;
    std::set<std::string> done;
    std::vector<std::string> farewells;
};

TEST_P(LimitsStorm, PassesNoLimitAndLeavesNobodyInLine) {
    settings.queue.max_crashes = 1'000;
    put_in(250);
    for (int step = 0; step < 400 && !HasFatalFailure(); ++step) {
        auto& m = members[static_cast<std::size_t>(pick(3))];
        if (pick(25) == 0)
            die(m, &m == &members[0] ? members[1] : members[0]);
        else
            work(m);
        check();
    }
    for (int round = 0; round < 400 && done.size() < jobs.size() && !HasFatalFailure(); ++round)
        for (auto& m : members) {
            work(m, true);
            check();
        }
    EXPECT_EQ(done.size(), jobs.size());
    for (auto& m : members) work(m, true);
    EXPECT_EQ(places(), 0);
    EXPECT_EQ(records(), 0);
    EXPECT_EQ(say({"HLEN", names.job()}).integer(), 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LimitsStorm, testing::Range(1U, 6U));

}  // namespace
}  // namespace dormouse::queue
