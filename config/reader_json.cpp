// The part of `reader` that takes a mapping as JSON: a job's args.

#include "config/reader.hpp"
#include "config/values.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <cmath>

namespace dormouse::config {

namespace {

namespace json = boost::json;

constexpr int deepest = 16;

bool is_quoted(const YAML::Node& node) { return node.Tag() == "!"; }

bool looks_like_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
           text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

std::optional<double> parse_decimal(const std::string& text) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

/// Nothing for what looks like a number and is none that JSON can carry unchanged (a date, 20 digits, 007).
std::optional<json::value> scalar(const YAML::Node& node) {
    const auto& text = node.Scalar();
    if (is_quoted(node)) return json::value(text);
    if (text == "true" || text == "false") return json::value(text == "true");
    if (text == "null" || text == "~") return json::value(nullptr);
    if (!looks_like_number(text)) return json::value(text);
    if (const auto whole = parse_whole(text)) return json::value(*whole);
    if (text.find_first_of(".eE") == std::string::npos) return std::nullopt;
    if (const auto decimal = parse_decimal(text)) return json::value(*decimal);
    return std::nullopt;
}

}  // namespace

void reader::read(const YAML::Node& node, const json_key& key, const std::string& path) {
    if (!is_kind_of(node, YAML::NodeType::Map, key, path)) return;
    std::optional<std::size_t> left = key.max_bytes;
    auto read = read_json(node, path, deepest, left);
    if (read.is_object()) *key.value = std::move(read.as_object());
}

json::value reader::read_json(const YAML::Node& node, const std::string& path, int depth,
                              std::optional<std::size_t>& left) {
    // An alias (`*name`) may stand for the same branch again and again, so what is made is counted, not what is
    // written.
    const auto size = 8 + (node.IsScalar() ? node.Scalar().size() : 0);
    if (!left) return nullptr;  // said already
    if (depth == 0 || size > *left) {
        blame(node, path, "expected fewer or shorter values, and at most 16 levels");
        left.reset();
        return nullptr;
    }
    *left -= size;
    if (node.IsNull()) return nullptr;
    if (node.IsScalar()) {
        if (auto value = scalar(node)) return std::move(*value);
        blame(node, path, "expected a number that JSON can carry; put it into quotes if it is a text");
        return nullptr;
    }
    if (node.IsSequence()) {
        json::array out;
        for (std::size_t i = 0; i < node.size(); ++i)
            out.push_back(read_json(node[i], path + "[" + std::to_string(i) + "]", depth - 1, left));
        return out;
    }
    json::object out;
    for_each_key(node, path, [&](const std::string& name, place, const YAML::Node& value) {
        out[name] = read_json(value, path + "." + name, depth - 1, left);
    });
    return out;
}

}  // namespace dormouse::config
