#include "jobs/reminder_email/rendering.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace dormouse::jobs::reminder_email {

namespace {

using value_of = std::string letter_values::*;

struct shortcode {
    std::string_view name;
    value_of value;
};

constexpr std::array<shortcode, 7> shortcodes{{{"user_email", &letter_values::user_email},
                                               {"user_login", &letter_values::user_login},
                                               {"user_name", &letter_values::user_name},
                                               {"course_name", &letter_values::course_name},
                                               {"expired_date", &letter_values::expired_date},
                                               {"is_bundle_course", &letter_values::is_bundle_course},
                                               {"bundle_name", &letter_values::bundle_name}}};

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#039;"; break;
            case '[': out += "&#91;"; break;
            case ']': out += "&#93;"; break;
            default: out += c;
        }
    return out;
}

std::string plain(std::string_view text) { return std::string{text}; }

std::string filled_in(std::string_view text, const letter_values& v, std::string (*form)(std::string_view)) {
    std::string out;
    while (true) {
        const auto open = text.find('[');
        out += text.substr(0, open);
        if (open == std::string_view::npos) return out;
        text.remove_prefix(open);
        const auto* known = std::ranges::find_if(shortcodes, [&](const shortcode& s) {
            return text.substr(1).starts_with(s.name) && text.substr(1 + s.name.size()).starts_with(']');
        });
        if (known == shortcodes.end()) {
            out += '[';
            text.remove_prefix(1);
        } else {
            out += form(v.*known->value);
            text.remove_prefix(known->name.size() + 2);
        }
    }
}

constexpr std::array<std::string_view, 22> block_tags{
    "<address", "<blockquote", "<center", "<dl", "<div", "<figure", "<form",   "<h1",    "<h2",    "<h3", "<h4",
    "<h5",      "<h6",         "<hr",     "<ol", "<p",   "<pre",    "<script", "<style", "<table", "<ul", "<!"};

bool begins_block(std::string_view text) {
    std::string start{text.substr(0, 12)};
    std::ranges::transform(start, start.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (start.starts_with("</")) return true;
    return std::ranges::any_of(block_tags, [&](std::string_view tag) {
        if (!start.starts_with(tag)) return false;
        const char next = start.size() > tag.size() ? start[tag.size()] : '>';
        return tag == "<!" || next == '>' || next == ' ' || next == '/' || next == '\n';
    });
}

std::string with_breaks(std::string_view paragraph) {
    std::string out;
    for (const char c : paragraph) out += c == '\n' ? std::string{"<br />\n"} : std::string{c};
    return out;
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto begin = text.find_first_not_of(blank);
    if (begin == std::string_view::npos) return {};
    return std::string{text.substr(begin, text.find_last_not_of(blank) - begin + 1)};
}

// A small wpautop: blank lines part paragraphs, single ones break lines, blocks of HTML stay as they are.
std::string with_paragraphs(std::string_view html) {
    std::string text;
    for (const char c : html)
        if (c != '\r') text += c;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find("\n\n", at), text.size());
        const auto piece = trimmed(std::string_view{text}.substr(at, end - at));
        if (!piece.empty()) out += begins_block(piece) ? piece + "\n" : "<p>" + with_breaks(piece) + "</p>\n";
        at = end + 2;
    }
    return out;
}

std::string without_tags(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = text.find('>');
        const bool tag = text.front() == '<' && text.size() > 1 && text[1] != ' ' && end != std::string_view::npos;
        if (!tag) out += text.front();
        text.remove_prefix(tag ? end + 1 : 1);
    }
    return out;
}

constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};

std::string two_digits(unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); }

std::string_view ordinal(unsigned n) {
    if (n / 10 == 1) return "th";
    constexpr std::array<std::string_view, 4> suffixes{"th", "st", "nd", "rd"};
    return suffixes.at(n % 10 < suffixes.size() ? n % 10 : 0);
}

std::string formatted(char letter, site::day d) {
    const std::chrono::year_month_day date{d};
    const auto day = static_cast<unsigned>(date.day());
    const auto month = static_cast<unsigned>(date.month());
    auto year = std::to_string(static_cast<int>(date.year()));
    const auto weekday = std::chrono::weekday{d};
    switch (letter) {
        case 'd': return two_digits(day);
        case 'j': return std::to_string(day);
        case 'S': return std::string{ordinal(day)};
        case 'l': return std::string{weekdays.at(weekday.c_encoding())};
        case 'D': return std::string{weekdays.at(weekday.c_encoding()).substr(0, 3)};
        case 'N': return std::to_string(weekday.iso_encoding());
        case 'w': return std::to_string(weekday.c_encoding());
        case 'm': return two_digits(month);
        case 'n': return std::to_string(month);
        case 'F': return std::string{months.at(month - 1)};
        case 'M': return std::string{months.at(month - 1).substr(0, 3)};
        case 't': return std::to_string(static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day()));
        case 'L': return date.year().is_leap() ? "1" : "0";
        case 'Y':
        case 'o': return year;
        case 'y': return year.substr(year.size() - 2);
        case 'a': return "pm";
        case 'A': return "PM";
        case 'g':
        case 'G':
        case 'h':
        case 'H': return "12";
        case 'i':
        case 's': return "00";
        default: return std::string{letter};
    }
}

}  // namespace

std::string render_body(std::string_view text, const letter_values& v) {
    return with_paragraphs(filled_in(text, v, escaped));
}

std::string render_subject(std::string_view text, const letter_values& v) {
    return trimmed(filled_in(without_tags(text), v, plain));
}

std::string format_day(std::string_view php_format, site::day d) {
    std::string out;
    for (std::size_t i = 0; i < php_format.size(); ++i) {
        const bool quoted = php_format[i] == '\\' && i + 1 < php_format.size();
        out += quoted ? std::string{php_format[++i]} : formatted(php_format[i], d);
    }
    return out;
}

}  // namespace dormouse::jobs::reminder_email
