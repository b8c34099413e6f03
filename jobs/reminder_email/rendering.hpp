#pragma once
// A letter's texts as the worker itself makes them, where no companion plugin does: the shortcodes of spec
// 4-scheduler, and nothing of other plugins. The words for yes and no are the plugin's: here `is_bundle_course` and
// `bundle_name` are empty, because only the plugin knows bundles. Pure.

#include "site/days.hpp"

#include <string>
#include <string_view>

namespace dormouse::jobs::reminder_email {

/// What the shortcodes stand for: plain text, nothing escaped.
struct letter_values {
    std::string user_email;
    std::string user_login;
    std::string user_name;
    std::string course_name;
    std::string expired_date;
    std::string is_bundle_course;
    std::string bundle_name;
};

/// The template as HTML: shortcodes replaced in one pass by escaped values (what a value brings along is never replaced
/// itself), unknown ones stay; text without tags gets paragraphs and line breaks.
[[nodiscard]] std::string render_body(std::string_view text, const letter_values& v);

/// The template as one line of plain text; tags are taken out. Whether it may be a header, `net::build_message` says.
[[nodiscard]] std::string render_subject(std::string_view text, const letter_values& v);

/// A day of the calendar in WordPress' `date_format`, PHP's letters of days, months and years; English names. Letters
/// of times show noon, as the plugin has it.
[[nodiscard]] std::string format_day(std::string_view php_format, site::day d);

}  // namespace dormouse::jobs::reminder_email
