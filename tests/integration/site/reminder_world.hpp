#pragma once
// A ledger of reminders on a database of its own, and words to speak with it.

#include "site/reminders.hpp"
#include "tests/integration/site/site_database.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dormouse::site {

using namespace std::chrono_literals;

class reminder_world : public site_database {
protected:
    static constexpr auto now = base::time_ms{base::ms{1'795'212'000'000}};  // 2026-11-21T02:00:00Z
    static constexpr auto lease = 60s;

    reminder_world() { migrate(); }

    static letter_identity letter(std::int64_t user, letter_stage stage = letter_stage::first, std::int64_t term = 7,
                                  std::string lapse = "2026-11-01") {
        return {user, term, std::move(lapse), stage};
    }

    std::vector<reminder> plan(std::vector<planned_letter> letters, base::time_ms at = now) {
        std::vector<std::int64_t> users;
        for (const auto& l : letters) users.push_back(l.what.user_id);
        const auto decide = [letters](const std::vector<reminder>&) { return letters; };
        return run(ledger.plan(std::move(users), "2026-11-21", decide, at, {})).value();
    }
    /// A letter that may go at once; its id.
    std::int64_t planned(letter_identity what, base::time_ms due = now) {
        return plan({{std::move(what), letter_state::planned, {}, due}}).at(0).id;
    }
    static reminders::second_look yes() {
        return [](connection&, const reminder&) { return std::optional<letter_refusal>{}; };
    }
    static reminders::second_look no(letter_refusal why) {
        return [why](connection&, const reminder&) { return std::optional{why}; };
    }
    letter_claim claim(std::int64_t id, std::string owner = "a", base::time_ms at = now) {
        return run(ledger.claim(id, std::move(owner), lease, yes(), at, {})).value();
    }
    bool stream(const letter_fence& f, base::time_ms at = now) {
        return run(ledger.start_streaming(f, {hash_address("a@example.org"), "<m1@x>", "Тема 🐭", std::string(64, 'c')},
                                          at, {}))
            .value();
    }
    bool commit(const letter_fence& f, base::time_ms at = now) {
        return run(ledger.commit_in_doubt(f, at, {})).value();
    }
    bool settle(const letter_fence& f, letter_end end, base::time_ms at = now) {
        return run(ledger.settle(f, std::move(end), at, {})).value();
    }
    reminder row(std::int64_t id) { return run(ledger.find(id, {})).value().value(); }
    letter_state state(std::int64_t id) { return row(id).state; }

    /// A letter that went out at `at`.
    std::int64_t mailed(letter_identity what, base::time_ms at = now) {
        const auto id = planned(std::move(what), at);
        const auto c = claim(id, "s", at);
        EXPECT_TRUE(stream(c.fence, at) && commit(c.fence, at) && settle(c.fence, {letter_state::sent, {}, "q1"}, at));
        return id;
    }
    /// A letter whose answer was never heard.
    std::int64_t doubtful(letter_identity what) {
        const auto id = planned(std::move(what));
        const auto c = claim(id);
        EXPECT_TRUE(stream(c.fence) && commit(c.fence));
        return id;
    }

    pool db{settings()};
    reminders ledger{db};
};

}  // namespace dormouse::site
