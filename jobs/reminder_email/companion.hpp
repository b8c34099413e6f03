#pragma once
// A letter's texts as the companion plugin renders them: `POST …/dormouse/v1/render`. Pure.

#include "config/settings.hpp"
#include "jobs/api/rows.hpp"
#include "jobs/reminder_email/draft.hpp"

#include <string>
#include <variant>

namespace dormouse::jobs::reminder_email {

/// What one student's letter says.
struct rendered {
    std::string subject;
    std::string html;
    std::string unsubscribe{};  ///< https; empty = none.
};

/// Why the plugin gave no letter.
struct unrendered_letter {
    enum class cause {
        no_plugin,  ///< 404 rest_no_route: nobody renders there.
        gone,       ///< 404 dormouse_unknown_user, dormouse_unknown_level: the next second look will say so.
        not_now,    ///< Anything else, or no answer.
    };
    cause why = cause::not_now;
    std::string detail;  ///< For people. Never a quote of a 200: it is a letter to somebody.
};

[[nodiscard]] api::request render_request(const config::companion_settings& s, const draft& d, const student& about);

/// Whole, or not at all: a half-rendered letter never goes.
[[nodiscard]] std::variant<rendered, unrendered_letter> read_rendered(const api::answer& said);

}  // namespace dormouse::jobs::reminder_email
