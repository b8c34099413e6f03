#include "site/recipients.hpp"

#include "site/connection.hpp"

namespace dormouse::site {

std::optional<person> read_person(connection& c, const tables& t, std::int64_t user_id) {
    const auto rows =
        c.query("SELECT user_email, user_login, display_name FROM `" + t.users + "` WHERE ID = ?", {user_id});
    if (rows.empty()) return std::nullopt;
    const auto& r = rows.front();
    return person{.id = user_id, .email = r.text(0), .login = r.text(1), .name = r.text(2)};
}

letter_options read_letter_options(connection& c, const std::string& options_table) {
    letter_options out;
    for (const auto& r : c.query("SELECT option_name, option_value FROM `" + options_table +
                                 "` WHERE option_name IN ('admin_email', 'date_format')"))
        (r.text(0) == "admin_email" ? out.admin_email : out.date_format) = r.text(1);
    return out;
}

}  // namespace dormouse::site
