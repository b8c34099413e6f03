#include "site/level_letters.hpp"

#include "base/ascii.hpp"
#include "site/connection.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <span>
#include <string_view>

namespace dormouse::site {

namespace {
constexpr std::string_view enabled_key = "mlm_enabled";
constexpr std::string_view issue_key = "_mblc_how_to_issue";
constexpr std::string_view letter_prefix = "mlm_email_";
constexpr std::string_view admin_prefix = "mlm_admin_";

bool has_text(std::string_view text) noexcept { return text.find_first_not_of(" \t\r\n") != std::string_view::npos; }

/// As PHP casts it, but never below 0.
int days_of(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    int value = 0;
    if (first != std::string_view::npos) (void)std::from_chars(text.data() + first, text.data() + text.size(), value);
    return std::max(value, 0);
}

using level_map = std::map<std::int64_t, level_settings>;

level_settings& level_of(level_map& levels, std::int64_t id) {
    auto& found = levels[id];
    found.term_id = id;
    return found;
}

std::vector<std::int64_t> ancestors_of(std::int64_t id, const std::map<std::int64_t, std::int64_t>& parents) {
    std::vector<std::int64_t> out;
    const auto parent_of = [&](std::int64_t child) {
        const auto found = parents.find(child);
        return found == parents.end() ? std::int64_t{0} : found->second;
    };
    for (auto above = parent_of(id); above > 0 && above != id; above = parent_of(above)) {
        if (std::ranges::find(out, above) != out.end()) break;
        out.push_back(above);
    }
    return out;
}

/// Every level of the taxonomy, so that the way up can be found; names only where they are asked for.
level_map read_taxonomy(connection& c, const tables& t, level_detail detail) {
    const bool named = detail == level_detail::letters;
    const auto rows =
        c.query(named ? "SELECT x.term_id, x.parent, n.name, n.slug FROM `" + t.taxonomy + "` x LEFT JOIN `" + t.terms +
                            "` n ON n.term_id = x.term_id WHERE x.taxonomy = 'wpm-levels'"
                      : "SELECT x.term_id, x.parent FROM `" + t.taxonomy + "` x WHERE x.taxonomy = 'wpm-levels'");
    level_map levels;
    std::map<std::int64_t, std::int64_t> parents;
    for (const auto& r : rows) {
        auto& level = level_of(levels, r.number(0).value_or(0));
        level.exists = true;
        parents[level.term_id] = r.number(1).value_or(0);
        if (!named) continue;
        level.name = r.text(2);
        level.slug = r.text(3);
    }
    for (auto& [id, level] : levels) level.ancestors = ancestors_of(id, parents);
    return levels;
}

std::string wanted_keys(level_detail detail) {
    std::string out = "'mlm_enabled'";
    if (detail == level_detail::rules) return out;
    for (const auto* stage : {"1", "2", "3"})
        for (const auto* part : {"_days", "_subject", "_body"})
            out.append(", '").append(letter_prefix).append(stage).append(part).append("'");
    for (const auto* part : {"days_after_last", "email", "subject", "body"})
        out.append(", '").append(admin_prefix).append(part).append("'");
    return out;
}

void set_letter(letter_text& to, std::string_view part, const std::string& value) {
    if (part == "days") to.days = days_of(value);
    if (part == "subject") to.subject = value;
    if (part == "body") to.body = value;
}

void set_admin(admin_letter_text& to, std::string_view part, const std::string& value) {
    if (part == "days_after_last") to.days_after_last = days_of(value);
    if (part == "email") to.email = value;
    if (part == "subject") to.subject = value;
    if (part == "body") to.body = value;
}

/// PHP tells the case of a meta key, the database does not (nor forms of digits).
void set(level_settings& to, std::string_view key, const std::string& value) {
    constexpr std::size_t stage_at = letter_prefix.size();
    constexpr std::size_t part_at = stage_at + 2;
    if (key == enabled_key) {
        to.enabled = value == "1";
    } else if (base::same_but_for_case(key, issue_key)) {
        to.how_to_issue = value;
    } else if (key.starts_with(letter_prefix) && key.size() > part_at && key[stage_at] >= '1' && key[stage_at] <= '3') {
        set_letter(to.letters.at(static_cast<std::size_t>(key[stage_at] - '1')), key.substr(part_at), value);
    } else if (key.starts_with(admin_prefix)) {
        set_admin(to.admin, key.substr(admin_prefix.size()), value);
    }
}

/// The last row first, so that the first one stays.
void add_meta(level_map& levels, std::vector<row> rows) {
    std::ranges::reverse(rows);
    for (const auto& r : rows) set(level_of(levels, r.number(0).value_or(0)), r.text(1), r.text(2));
}

std::string select_meta(const tables& t, level_detail detail) {
    // LOWER: the certificates' key comes in any case (spec 1-domain, trap 11), and a collation may tell case.
    return "SELECT term_id, meta_key, meta_value FROM `" + t.termmeta + "` WHERE (meta_key IN (" + wanted_keys(detail) +
           ") OR LOWER(meta_key) = '" + std::string{issue_key} + "')";
}

/// Other terms of WordPress may have a certificates' key, too: a level is what the taxonomy or the monitor knows.
bool is_known(const level_settings& l) {
    static const level_settings none{};
    return l.exists || l.enabled || l.letters != none.letters || l.admin != none.admin;
}
}  // namespace

bool letter_text::is_on() const noexcept { return has_text(subject) && has_text(body); }
bool admin_letter_text::is_on() const noexcept { return has_text(subject) && has_text(body); }
bool level_settings::issues_certificates_itself() const { return base::same_but_for_case(how_to_issue, "auto"); }

std::vector<level_settings> read_levels(connection& c, const tables& t, level_detail detail) {
    auto levels = read_taxonomy(c, t, detail);
    add_meta(levels, c.query(select_meta(t, detail) + " ORDER BY meta_id"));
    std::vector<level_settings> out;
    for (auto& [id, level] : levels)
        if (is_known(level)) out.push_back(std::move(level));
    return out;
}

level_settings read_level(connection& c, const tables& t, std::int64_t term_id, level_detail detail) {
    auto levels = read_taxonomy(c, t, detail);
    add_meta(levels, c.query(select_meta(t, detail) + " AND term_id = ? ORDER BY meta_id", {term_id}));
    return std::move(level_of(levels, term_id));
}

}  // namespace dormouse::site
