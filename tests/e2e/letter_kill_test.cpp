// A worker is killed (SIGKILL) at every step of a letter's way, again and again: nobody gets a letter twice, none is
// lost, and of what nobody can know the ledger says so (spec 3-jobs B5).
//
// DORMOUSE_KILL_SEEDS=200 is the long run; without it each step is hit a few times.
#include "tests/e2e/letter_stack.hpp"

#include "base/random.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <gmock/gmock.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <ostream>

namespace dormouse::e2e {
namespace {

using moment = test::sql_trap::moment;
namespace json = boost::json;

constexpr std::int64_t letters_per_seed = 2;

int seeds() {
    const char* wanted = std::getenv("DORMOUSE_KILL_SEEDS");
    return wanted == nullptr ? 10 : std::stoi(wanted);
}

/// Where the worker dies. Of the mail server's steps `fault` is what else happens there; of the ledger's, `words` are
/// of the statement.
struct point {
    const char* name;
    const char* step;  ///< Of the mail server; null = a statement of the ledger.
    json::object fault{};
    const char* words = "";
    moment at = moment::request;
    bool after_commit = false;  ///< The row may be in doubt.
    bool is_taken = false;      ///< The mail server has the letter then.
};

/// One matrix row: kills, then lets a last worker finish what was left.
class slaughter {
public:
    explicit slaughter(const point& p) : point_{p} {
        const auto all = seeds() * letters_per_seed;
        stack_.school().set_meta("mlm_email_1_body", "Dear [user_name]," + std::string(30'000, 'x'));
        stack_.school().add_sleepers(1, all);
        stack_.school().plan(1, all);
    }

    void run() {
        for (int seed = 0; seed < seeds(); ++seed) kill_one(seed);
        stack_.relay().script({});
        stack_.trap().disarm();
        last_ = stack_.start_worker(4);
        ASSERT_TRUE(test::eventually(std::chrono::minutes{2}, [&] { return all_ended(); })) << states();
    }

    void expect_no_letter_twice_and_none_lost() {
        const auto taken = stack_.taken();
        int doubt = 0;
        for (std::int64_t row = 1; row <= seeds() * letters_per_seed; ++row) {
            const auto found = taken.find(row);
            const int times = found == taken.end() ? 0 : found->second;
            EXPECT_LE(times, 1) << "letter " << row;
            if (stack_.school().row(row) == "in_doubt")
                ++doubt;
            else
                EXPECT_EQ(times, 1) << "letter " << row << " is " << stack_.school().row(row);
        }
        std::cout << point_.name << ": " << seeds() << " kills, " << seeds() * letters_per_seed << " letters, " << doubt
                  << " in doubt\n";
        // A worker of one slot has one letter under way, so only its own step counts.
        const int others = seeds() / 2 * 3;
        EXPECT_LE(doubt, others + (point_.after_commit ? seeds() : 0));
        if (point_.after_commit) EXPECT_GE(doubt, seeds() / 2);
        if (point_.is_taken) EXPECT_GE(taken.size(), static_cast<std::size_t>(seeds()));
    }

    void expect_doubt_to_be_shown_and_ended() {
        const auto doubt = stack_.rows_in("in_doubt");
        const auto taken = stack_.taken();
        const auto listed = stack_.dormouse({"letters", "list", "--state", "in_doubt", "--limit", "1000", "--json"});
        ASSERT_EQ(listed.status, 0) << listed.text;
        EXPECT_EQ(json::parse(listed.text).at("letters").as_array().size(), doubt.size());
        for (const auto row : doubt) {
            EXPECT_TRUE(test::eventually(soon, [&] { return stack_.state_of_job(row) == "dead in_doubt"; }))
                << stack_.state_of_job(row);
            const auto* word = taken.contains(row) ? "--sent" : "--again";
            const auto resolved = stack_.dormouse({"letters", "resolve", std::to_string(row), word});
            EXPECT_EQ(resolved.status, 0) << resolved.text;
        }
        const auto all = seeds() * static_cast<int>(letters_per_seed);
        EXPECT_TRUE(test::eventually(std::chrono::minutes{2}, [&] { return stack_.states()["sent"] == all; }))
            << states();
        for (const auto& [row, times] : stack_.taken()) EXPECT_EQ(times, 1) << "letter " << row;
        EXPECT_EQ(stack_.taken().size(), static_cast<std::size_t>(all));
    }

private:
    void kill_one(int seed) {
        base::random_engine random{static_cast<std::uint64_t>(seed) * 31 + 7};
        const auto worker = stack_.start_worker(seed % 2 == 0 ? 1 : 4);
        const auto pid = worker->pid();
        const auto passed = static_cast<int>(random.next() % letters_per_seed);
        if (point_.step == nullptr) {
            stack_.trap().arm(point_.words, point_.at, passed, [pid] { ::kill(pid, SIGKILL); });
        } else {
            auto fault = point_.fault;
            fault["kill"] = pid;
            fault["times"] = 1;
            fault["after"] = is_once_a_connection() ? 0 : passed;
            if (fault.contains("drop")) fault["drop"] = 1 + static_cast<std::int64_t>(random.next() % 30'000);
            stack_.relay().script({{point_.step, fault}});
        }
        stack_.enqueue(seed * letters_per_seed + 1, letters_per_seed);
        const auto status = worker->wait(std::chrono::seconds{30});
        ASSERT_TRUE(status) << "seed " << seed << ": the worker came nowhere near: " << states();
        ASSERT_EQ(*status, 128 + SIGKILL);
    }

    /// Greeting and EHLO come once for many letters.
    [[nodiscard]] bool is_once_a_connection() const {
        const std::string step = point_.step;
        return step == "GREETING" || step == "EHLO";
    }
    [[nodiscard]] bool all_ended() const {
        const auto found = stack_.states();
        return std::ranges::all_of(found, [](const auto& s) { return s.first == "sent" || s.first == "in_doubt"; });
    }
    [[nodiscard]] std::string states() const {
        std::string out;
        for (const auto& [state, count] : stack_.states()) out += state + " " + std::to_string(count) + ", ";
        return out;
    }

    point point_;
    letter_stack stack_;
    std::unique_ptr<test::child_process> bystander_ = stack_.start_bystander();
    std::unique_ptr<test::child_process> last_;
};

void PrintTo(const point& p, std::ostream* out) { *out << p.name; }

class LetterKill : public testing::TestWithParam<point> {};

TEST_P(LetterKill, MailsNobodyTwiceAndLosesNothing) {
    slaughter s{GetParam()};
    s.run();
    if (HasFatalFailure()) return;
    s.expect_no_letter_twice_and_none_lost();
    s.expect_doubt_to_be_shown_and_ended();
}

const point points[] = {
    {.name = "BeforeClaim", .step = nullptr, .words = "SET state = 'claimed'", .at = moment::request},
    {.name = "ClaimUnheard", .step = nullptr, .words = "SET state = 'claimed'", .at = moment::answer},
    {.name = "BeforeStreaming", .step = nullptr, .words = "SET state = 'streaming'", .at = moment::request},
    {.name = "StreamingUnheard", .step = nullptr, .words = "SET state = 'streaming'", .at = moment::answer},
    {.name = "Greeting", .step = "GREETING"},
    {.name = "Ehlo", .step = "EHLO"},
    {.name = "MailFrom", .step = "MAIL"},
    {.name = "RcptTo", .step = "RCPT"},
    {.name = "Data", .step = "DATA"},
    {.name = "InTheBody", .step = "BODY", .fault = {{"drop", 1}}},
    {.name = "BeforeCommit", .step = nullptr, .words = "SET state = 'in_doubt'", .at = moment::request},
    {.name = "CommitUnheard",
     .step = nullptr,
     .words = "SET state = 'in_doubt'",
     .at = moment::answer,
     .after_commit = true},
    {.name = "DotUnanswered", .step = "DOT", .after_commit = true, .is_taken = true},
    {.name = "Answered", .step = "DOT", .fault = {{"late", true}}, .is_taken = true},
    {.name = "BeforeSettle",
     .step = nullptr,
     .words = "SET state = ?, reason = ?, queue_id",
     .at = moment::request,
     .after_commit = true,
     .is_taken = true},
    {.name = "SettleUnheard",
     .step = nullptr,
     .words = "SET state = ?, reason = ?, queue_id",
     .at = moment::answer,
     .is_taken = true},
};

INSTANTIATE_TEST_SUITE_P(Steps, LetterKill, testing::ValuesIn(points),
                         [](const auto& info) { return std::string{info.param.name}; });

}  // namespace
}  // namespace dormouse::e2e
