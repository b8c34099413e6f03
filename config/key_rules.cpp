#include "config/key_rules.hpp"

namespace dormouse::config {

text_rule matching(std::string pattern, std::string expected, std::size_t max_bytes) {
    return {.pattern = std::move(pattern), .expected = std::move(expected), .check = {}, .max_bytes = max_bytes};
}
text_rule checked_by(complaint (*check)(const std::string&), std::string expected) {
    return {.pattern = {}, .expected = std::move(expected), .check = check};
}

text_rule name_rule() { return matching("[a-z0-9_-]{1,32}", "1 to 32 characters of a-z, 0-9, _ and -"); }
text_rule id_rule() { return matching("[A-Za-z0-9_-]{1,32}", "1 to 32 characters of A-Z, a-z, 0-9, _ and -"); }
text_rule kind_rule() { return matching("[a-z0-9-]{1,64}", "the name of a kind, such as webhook-delivery"); }
text_rule schedule_name_rule() { return matching("[a-z0-9-]{1,32}", "1 to 32 characters of a-z, 0-9 and -"); }
text_rule limit_rule_text() {
    return matching(R"([A-Za-z0-9_.:{}-]{1,100})", "1 to 100 characters of A-Z, a-z, 0-9, _ . : - and {member}", 100);
}
text_rule api_url_rule() { return checked_by(check_api_url, "an http or https URL"); }
text_rule table_rule(int max) {
    const auto limit = std::to_string(max);
    return matching("[A-Za-z0-9_]{0," + limit + "}", "at most " + limit + " characters of A-Z, a-z, 0-9 and _");
}

}  // namespace dormouse::config
