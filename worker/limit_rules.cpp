#include "worker/limit_rules.hpp"

#include "base/digest.hpp"

#include <algorithm>

namespace dormouse::worker {

namespace {

constexpr std::size_t longest_value = 100;
constexpr std::size_t longest_name = 200;

bool is_plain(std::string_view text, std::size_t longest) noexcept {
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
    });
}

// Numbers and texts; anything else names nothing.
std::string text_of(const boost::json::value& v) {
    if (const auto* text = v.if_string()) return {text->data(), text->size()};
    if (const auto* number = v.if_int64()) return std::to_string(*number);
    if (const auto* number = v.if_uint64()) return std::to_string(*number);
    return {};
}

void add(std::vector<queue::limit>& all, queue::limit l) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& other) { return other.name == l.name; });
    if (same == all.end()) {
        all.push_back(std::move(l));
        return;
    }
    same->most = std::min(same->most, l.most);
    if (l.per_minute) same->per_minute = std::min(same->per_minute.value_or(*l.per_minute), *l.per_minute);
}

}  // namespace

std::string plain_name(std::string_view text, std::size_t longest) {
    if (is_plain(text, longest)) return std::string{text};
    constexpr std::size_t digits = 32;
    return "sha256:" + base::sha256_hex(text).substr(0, digits);
}

limit_rules::limit_rules(const std::vector<config::limit_rule>& rules) {
    for (const auto& r : rules)
        rules_.push_back({r.kind, parts_of(r.limit), std::max(1, r.running), std::max(0, r.per_minute)});
}

std::vector<limit_rules::part> limit_rules::parts_of(std::string_view name) {
    std::vector<part> out;
    while (!name.empty()) {
        const auto open = name.find('{');
        const auto close = open == std::string_view::npos ? open : name.find('}', open);
        if (close == std::string_view::npos) {
            out.push_back({std::string{name}});
            break;
        }
        if (open > 0) out.push_back({std::string{name.substr(0, open)}});
        out.push_back({std::string{name.substr(open + 1, close - open - 1)}, true});
        name.remove_prefix(close + 1);
    }
    return out;
}

std::string limit_rules::name_for(const rule& r, const boost::json::object& args) {
    std::string out;
    for (const auto& p : r.name) {
        if (!p.is_member) {
            out += p.text;
            continue;
        }
        const auto* value = args.if_contains(p.text);
        const auto text = value == nullptr ? std::string{} : text_of(*value);
        if (text.empty()) return {};
        out += plain_name(text, longest_value);
    }
    return out;
}

std::vector<queue::limit> limit_rules::of(std::string_view kind, const boost::json::object& args,
                                          std::vector<queue::limit> own) const {
    std::vector<queue::limit> all;
    for (auto& l : own) {
        l.name = plain_name(l.name, longest_name);
        l.most = std::max(1, l.most);
        add(all, std::move(l));
    }
    for (const auto& r : rules_) {
        if (!r.kind.empty() && r.kind != kind) continue;
        auto name = name_for(r, args);
        if (name.empty()) continue;
        add(all,
            {plain_name(name, longest_name), r.most, r.per_minute > 0 ? std::optional{r.per_minute} : std::nullopt});
    }
    return all;
}

}  // namespace dormouse::worker
