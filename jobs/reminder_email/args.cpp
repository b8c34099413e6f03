#include "jobs/reminder_email/args.hpp"

#include "jobs/read_member.hpp"
#include "net/host_name.hpp"

namespace dormouse::jobs::reminder_email {

namespace {

namespace json = boost::json;

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
    return out;
}

}  // namespace dormouse::jobs::reminder_email
