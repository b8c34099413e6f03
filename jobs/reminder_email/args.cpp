#include "jobs/reminder_email/args.hpp"

#include "jobs/read_member.hpp"
#include "net/host_name.hpp"

namespace dormouse::jobs::reminder_email {

namespace {

namespace json = boost::json;

constexpr std::size_t most_openings = 31;
constexpr std::int64_t end_of_time = 253'402'300'800'000;  // the year 10000, in ms

base::result<test_letter> read_test(const json::value& value) {
    if (!value.is_object()) return wrong_member("test", "an object of user_id, term_id and stage");
    const auto& test = value.get_object();
    test_letter out;
    out.user_id = whole_of(test, "user_id").value_or(0);
    if (out.user_id <= 0) return wrong_member("test.user_id", "the id of a user, a whole number above 0");
    out.term_id = whole_of(test, "term_id").value_or(0);
    if (out.term_id <= 0) return wrong_member("test.term_id", "the id of a level, a whole number above 0");
    const auto number = whole_of(test, "stage");
    const auto stage = site::parse_letter_stage(number ? std::to_string(*number) : text_of(test, "stage"));
    if (!stage) return wrong_member("test.stage", "1, 2, 3 or admin");
    out.stage = *stage;
    return out;
}

/// `[from, to]` in ms since 1970.
std::optional<site::opening> read_pair(const json::value& value) {
    const auto* const pair = value.if_array();
    if (pair == nullptr || pair->size() != 2 || !pair->front().is_int64() || !pair->back().is_int64())
        return std::nullopt;
    const auto from = pair->front().get_int64();
    const auto to = pair->back().get_int64();
    if (from < 0 || from >= to || to > end_of_time) return std::nullopt;
    return site::opening{base::from_epoch_ms(from), base::from_epoch_ms(to)};
}

base::result<std::vector<site::opening>> read_openings(const json::value& value) {
    const auto wrong = [] {
        return wrong_member("openings", "pairs of times in ms, [[from, to], ...], in their order");
    };
    const auto* const list = value.if_array();
    if (list == nullptr || list->empty() || list->size() > most_openings) return wrong();
    std::vector<site::opening> out;
    out.reserve(list->size());
    for (const auto& one : *list) {
        const auto next = read_pair(one);
        if (!next || (!out.empty() && next->from < out.back().to)) return wrong();
        out.push_back(*next);
    }
    return out;
}

}  // namespace

base::result<letter_args> read_args(const json::object& args) {
    letter_args out;
    const auto* test = args.if_contains("test");
    if (test != nullptr && args.contains("reminder"))
        return base::error{base::errc::invalid_argument, "args: expected either reminder or test, not both"};
    if (test != nullptr) {
        auto read = read_test(*test);
        if (!read) return base::fail(std::move(read));
        out.test = *read;
        return out;
    }
    out.reminder = whole_of(args, "reminder").value_or(0);
    if (out.reminder <= 0) return wrong_member("reminder", "the id of a row of the ledger, a whole number above 0");
    if (args.contains("domain")) {
        auto domain = net::canonical_host_name(text_of(args, "domain"));
        if (!domain) return wrong_member("domain", "the recipient's domain, such as mail.example");
        out.domain = std::move(*domain);
    }
    if (const auto* const openings = args.if_contains("openings")) {
        auto read = read_openings(*openings);
        if (!read) return base::fail(std::move(read));
        out.openings = std::move(*read);
    }
    return out;
}

}  // namespace dormouse::jobs::reminder_email
