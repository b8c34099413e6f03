// The part of `reader` that reads single values.

#include "base/redact.hpp"
#include "config/checks.hpp"
#include "config/reader.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <regex>

namespace dormouse::config {

namespace {

constexpr std::size_t longest_quote = 60;

/// What was given, short and harmless to print. It ends at the first space: behind it may stand the next line of the
/// file, which a slip of indentation has made part of this value, and that line may be a password.
std::string quoted(std::string text) {
    const auto end = std::min(text.find_first_of(" \t\n"), longest_quote);
    if (end < text.size()) {
        text.resize(end);
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) text.pop_back();
        text += "...";
    }
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return "'" + base::redact(text) + "'";
}

bool is_quoted(const YAML::Node& node) { return node.Tag() == "!"; }

std::string given(const YAML::Node& node, bool may_echo) {
    switch (node.Type()) {
        case YAML::NodeType::Sequence: return "a list";
        case YAML::NodeType::Map: return "a mapping";
        case YAML::NodeType::Scalar: break;
        default: return "nothing";
    }
    if (node.Scalar().empty()) return "an empty text";
    if (!may_echo) return "a text";
    return (is_quoted(node) ? "the quoted text " : "") + quoted(node.Scalar());
}

/// The scalar of a node that is not in quotes; nothing for anything else.
std::optional<std::string> plain(const YAML::Node& node) {
    if (!node.IsScalar() || is_quoted(node)) return std::nullopt;
    return node.Scalar();
}

bool is_bare_number(const YAML::Node& node) { return node.IsScalar() && parse_whole(node.Scalar()).has_value(); }

}  // namespace

void reader::blame(const YAML::Node& node, const std::string& path, std::string text) {
    out_.add(node.IsNull() ? out_.where(path) : place_of(node), path, std::move(text));
}

void reader::reject(const YAML::Node& node, const std::string& path, const std::string& expected,
                    const std::string& hint) {
    blame(node, path, "expected " + expected + ", got " + given(node, true) + hint);
}

void reader::reject_secretly(const YAML::Node& node, const std::string& path, const std::string& text) {
    blame(node, path, text + ", got " + given(node, false));
}

bool reader::is_kind_of(const YAML::Node& node, YAML::NodeType::value type, const key_type& key,
                        const std::string& path) {
    if (node.Type() == type) return true;
    if (node.IsNull()) return false;  // "queues:" with everything below it commented out: the default stays
    reject_secretly(node, path, "expected " + expectation(key));
    return false;
}

void reader::read(const YAML::Node& node, const duration_key& key, const std::string& path) {
    const auto value = node.IsScalar() ? parse_duration(node.Scalar()) : std::nullopt;
    if (value && *value >= key.min && *value <= key.max)
        *key.value = *value;
    else
        reject(node, path, expectation(key), is_bare_number(node) ? " (add a unit: ms, s, m, h or d)" : "");
}

void reader::read(const YAML::Node& node, const size_key& key, const std::string& path) {
    const auto value = node.IsScalar() ? parse_size(node.Scalar()) : std::nullopt;
    if (value && *value >= key.min && *value <= key.max)
        *key.value = *value;
    else
        reject(node, path, expectation(key), value ? "" : " (units are B, KiB, MiB and GiB)");
}

void reader::read(const YAML::Node& node, const number_key& key, const std::string& path) {
    const auto text = plain(node);
    const auto value = text ? parse_whole(*text) : std::nullopt;
    if (value && *value >= key.min && *value <= key.max)
        key.set(*value);
    else
        reject(node, path, expectation(key));
}

void reader::read(const YAML::Node& node, const flag_key& key, const std::string& path) {
    const auto text = plain(node);
    if (text == "true" || text == "false")
        *key.value = text == "true";
    else
        reject(node, path, expectation(key));
}

void reader::read(const YAML::Node& node, const choice_key& key, const std::string& path) {
    const auto name = node.IsScalar() ? node.Scalar() : std::string{};
    const auto found = std::find(key.names.begin(), key.names.end(), name);
    if (found != key.names.end()) {
        key.set(static_cast<std::size_t>(found - key.names.begin()));
        return;
    }
    const auto meant = nearest(name, key.names);
    reject(node, path, expectation(key), meant.empty() ? "" : " (did you mean '" + std::string{meant} + "'?)");
}

std::optional<std::string> reader::accept_text(const YAML::Node& node, const text_rule& rule, const std::string& path) {
    const auto fail = [&](const std::string& text) -> std::optional<std::string> {
        blame(node, path, text + ", got " + given(node, rule.may_echo));
        return std::nullopt;
    };
    if (!node.IsScalar()) return fail("expected " + rule.expected);
    const auto& text = node.Scalar();
    if (text.size() > rule.max_bytes) return fail("expected at most " + std::to_string(rule.max_bytes) + " bytes");
    if (text.find('\0') != std::string::npos) return fail("expected a text without NUL bytes");
    // The length was checked before, because std::regex recurses once for every character.
    if (!rule.pattern.empty() && !std::regex_match(text, std::regex{rule.pattern}))
        return fail("expected " + rule.expected);
    if (rule.check)
        if (const auto bad = rule.check(text)) return fail(*bad);
    return text;
}

void reader::read(const YAML::Node& node, const text_key& key, const std::string& path) {
    if (auto text = accept_text(node, key.rule, path)) *key.value = std::move(*text);
}

void reader::read(const YAML::Node& node, const text_list_key& key, const std::string& path) {
    if (!is_kind_of(node, YAML::NodeType::Sequence, key, path)) return;
    if (node.size() > key.max_count) {
        blame(node, path, "expected " + expectation(key) + ", got " + std::to_string(node.size()));
        return;
    }
    key.value->clear();
    for (std::size_t i = 0; i < node.size(); ++i) {
        const auto item_path = path + "[" + std::to_string(i) + "]";
        auto text = accept_text(node[i], key.rule, item_path);
        if (!text) continue;
        if (std::find(key.value->begin(), key.value->end(), *text) != key.value->end())
            out_.add(place_of(node[i]), item_path, quoted(*text) + " is given twice");
        else
            key.value->push_back(std::move(*text));
    }
}

void reader::read(const YAML::Node& node, const port_list_key& key, const std::string& path) {
    if (!is_kind_of(node, YAML::NodeType::Sequence, key, path)) return;
    std::vector<std::uint16_t> ports;
    for (std::size_t i = 0; i < node.size(); ++i) {
        std::uint16_t port = 0;
        const number_key one{[] { return std::int64_t{}; },
                             [&port](std::int64_t v) { port = static_cast<std::uint16_t>(v); }, 1, 65'535};
        read(node[i], one, path + "[" + std::to_string(i) + "]");
        if (port != 0 && std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(port);
    }
    if (node.size() == 0) reject(node, path, "at least one port");
    *key.value = std::move(ports);
}

void reader::read(const YAML::Node& node, const weights_key& key, const std::string& path) {
    if (!is_kind_of(node, YAML::NodeType::Map, key, path)) return;
    if (node.size() == 0) reject(node, path, "at least one name");
    key.clear();
    for_each_key(node, path, [&](const std::string& name, place where, const YAML::Node& value) {
        const auto item_path = path + "." + name;
        if (!std::regex_match(name.substr(0, 256), std::regex{key.name.pattern})) {
            out_.add(where, item_path, "expected " + key.name.expected + ", got " + quoted(name));
            return;
        }
        read(value,
             number_key{[] { return std::int64_t{}; }, [&](std::int64_t v) { key.add(name, static_cast<int>(v)); }, 1,
                        key.max},
             item_path);
    });
}

void reader::read(const YAML::Node& node, const headers_key& key, const std::string& path) {
    if (!is_kind_of(node, YAML::NodeType::Map, key, path)) return;
    if (node.size() > key.max_count)
        blame(node, path,
              "expected at most " + std::to_string(key.max_count) + " headers, got " + std::to_string(node.size()));
    key.value->clear();
    for_each_key(node, path, [&](const std::string& name, place where, const YAML::Node& value) {
        const auto item_path = path + "." + name;
        if (const auto bad = check_extra_header_name(name)) {
            out_.add(where, item_path, *bad);
            return;
        }
        const text_rule rule{
            .pattern = {}, .check = check_header_value, .max_bytes = key.max_bytes - name.size(), .may_echo = false};
        auto text = accept_text(value, rule, item_path);
        if (!text) return;
        if (base::is_sensitive_name(name)) {
            base::register_secret(*text);
            if (inline_secret_.empty()) inline_secret_ = item_path;
        }
        key.value->emplace_back(name, std::move(*text));
    });
}

}  // namespace dormouse::config
