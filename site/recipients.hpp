#pragma once
// Whom a letter goes to, and how the site writes days: rows of the users and options tables. Nothing is written.

#include "site/tables.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace dormouse::site {

class connection;

struct person {
    std::int64_t id = 0;
    std::string email;  ///< As stored: may be empty or no address.
    std::string login;
    std::string name;  ///< As the site shows it.

    friend bool operator==(const person&, const person&) = default;
};

/// Empty if there is no such user. Throws as `connection` does.
[[nodiscard]] std::optional<person> read_person(connection& c, const tables& t, std::int64_t user_id);

struct letter_options {
    std::string admin_email;  ///< Of the site, for letters to the school.
    std::string date_format;  ///< In PHP's letters: `d.m.Y`.
};

/// `options_table` = pool.table("options"). Throws as `connection` does.
[[nodiscard]] letter_options read_letter_options(connection& c, const std::string& options_table);

}  // namespace dormouse::site
