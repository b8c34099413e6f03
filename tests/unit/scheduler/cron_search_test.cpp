// The search on the calendar against a walk minute by minute that asks the C library for the date. The random
// expressions are made as sets first and written down second, so that their reading is judged as well.

#include "base/random.hpp"
#include "scheduler/cron.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <time.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;
using std::chrono::local_days;
using std::chrono::local_seconds;

struct written_set {
    std::string text;
    std::set<int> values;
    bool star;
};

class writer {
public:
    explicit writer(std::uint64_t seed) : random_{seed} {}

    int below(int n) { return static_cast<int>(random_.next() % static_cast<std::uint64_t>(n)); }

    written_set field(int low, int high) {
        if (below(3) == 0) return stepped_star(low, high, 1);
        if (below(4) == 0) return stepped_star(low, high, 2 + below(high - 1));
        written_set out{"", {}, false};
        for (int parts = 1 + below(3); parts > 0; --parts) add_part(out, low, high);
        return out;
    }

private:
    static written_set stepped_star(int low, int high, int step) {
        written_set out{step == 1 ? "*" : fmt::format("*/{}", step), {}, true};
        for (int v = low; v <= high; v += step) out.values.insert(v);
        return out;
    }

    void add_part(written_set& out, int low, int high) {
        const int first = low + below(high - low + 1);
        const int last = below(2) == 0 ? first : first + below(high - first + 1);
        const int step = last > first && below(2) == 0 ? 1 + below(4) : 1;
        if (!out.text.empty()) out.text += ',';
        out.text += last == first ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
        if (step > 1) out.text += fmt::format("/{}", step);
        for (int v = first; v <= last; v += step) out.values.insert(v);
    }

    base::random_engine random_;
};

struct obvious_expression {
    written_set minute, hour, day, month, weekday;

    explicit obvious_expression(writer& w)
        : minute{w.field(0, 59)},
          hour{w.field(0, 23)},
          day{w.field(1, 31)},
          month{w.field(1, 12)},
          weekday{w.field(0, 6)} {}

    [[nodiscard]] std::string text() const {
        return fmt::format("{} {} {} {} {}", minute.text, hour.text, day.text, month.text, weekday.text);
    }
    [[nodiscard]] bool names(std::int64_t second) const {
        const time_t t = second;
        tm f{};
        gmtime_r(&t, &f);
        const bool by_date = day.values.contains(f.tm_mday);
        const bool by_weekday = weekday.values.contains(f.tm_wday);
        return minute.values.contains(f.tm_min) && hour.values.contains(f.tm_hour) &&
               month.values.contains(f.tm_mon + 1) &&
               (day.star || weekday.star ? by_date && by_weekday : by_date || by_weekday);
    }
};

std::vector<std::int64_t> walk(const obvious_expression& e, std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> out;
    for (auto t = begin; t < end; t += 60)
        if (e.names(t)) out.push_back(t);
    return out;
}

std::vector<std::int64_t> search_forward(const cron_expression& e, std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> out;
    for (auto t = begin;; t = out.back() + 1) {
        const auto next = e.first_from(local_seconds{std::chrono::seconds{t}}).time_since_epoch().count();
        if (next >= end) return out;
        out.push_back(next);
    }
}

std::vector<std::int64_t> search_backward(const cron_expression& e, std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> out;
    for (auto t = end - 1;; t = out.back() - 1) {
        const auto last = e.last_until(local_seconds{std::chrono::seconds{t}}).time_since_epoch().count();
        if (last < begin) break;
        out.push_back(last);
    }
    std::ranges::reverse(out);
    return out;
}

TEST(CronSearch, FindsTheMinutesThatAWalkFinds) {
    writer w{20261121};
    // Ten days around a month's end, the end of February of a leap year among them.
    const std::vector<std::int64_t> begins{1'708'560'000 + 0, 1'767'000'000 / 86'400 * 86'400,
                                           1'777'000'000 / 86'400 * 86'400};
    std::size_t found = 0;
    for (int i = 0; i < 120; ++i) {
        const obvious_expression obvious{w};
        const auto parsed = cron_expression::parse(obvious.text());
        if (!parsed) continue;  // days that never come
        const auto begin = begins[static_cast<std::size_t>(i) % begins.size()];
        const auto end = begin + 10 * 86'400;
        const auto expected = walk(obvious, begin, end);
        ASSERT_EQ(search_forward(*parsed, begin, end), expected) << obvious.text();
        ASSERT_EQ(search_backward(*parsed, begin, end), expected) << obvious.text();
        found += expected.size();
    }
    EXPECT_GT(found, 5'000U);
}

TEST(CronSearch, DaysOfFortyYearsAreThoseOfAWalk) {
    for (const auto* days : {"29 2 *", "29 2 */2", "13 * 5", "31 * */6", "*/10 2,12 mon-fri", "30,31 1-4 *"}) {
        const auto midnight = cron_expression::parse(fmt::format("0 0 {}", days)).value();
        const auto noon = cron_expression::parse(fmt::format("* 12 {}", days)).value();
        local_seconds last = local_days{2080y / 1 / 1};
        std::size_t found = 0;
        for (local_days day{2080y / 1 / 1}; day < local_days{2121y / 1 / 1}; day += std::chrono::days{1}) {
            if (!noon.names(day + 12h)) continue;
            ++found;
            ASSERT_EQ(midnight.first_from(last), day) << days;
            ASSERT_EQ(midnight.last_until(day + 23h), day) << days;
            last = day + 1s;
        }
        EXPECT_GT(found, 1U) << days;
    }
}

}  // namespace
}  // namespace dormouse::scheduler
