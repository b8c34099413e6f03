#include "config/printed.hpp"

#include "config/values.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace dormouse::config {

namespace {

namespace json = boost::json;
using maybe_value = std::optional<json::value>;

constexpr std::string_view blank = "***";

/// Only a Redis URL has one; for any other text this is the text itself.
std::string without_password(const std::string& text) {
    const auto password = password_in_url(text);
    if (password.empty()) return text;
    auto out = text;
    return out.replace(static_cast<std::size_t>(password.data() - text.data()), password.size(), blank);
}

template <class Items>
json::array array_of(const Items& items) {
    json::array out;
    for (const auto& item : items) out.emplace_back(item);
    return out;
}

json::array records_of(const records_key& key) {
    json::array out;
    for (std::size_t i = 0; i < key.size(); ++i) out.emplace_back(printed(key.at(i)));
    return out;
}

}  // namespace

std::optional<json::value> printed(const key_type& type) {
    return std::visit(overloaded{
                          [](const duration_key& k) -> maybe_value { return json::value(format_duration(*k.value)); },
                          [](const size_key& k) -> maybe_value { return json::value(format_size(*k.value)); },
                          [](const number_key& k) -> maybe_value { return json::value(k.get()); },
                          [](const flag_key& k) -> maybe_value { return json::value(*k.value); },
                          [](const choice_key& k) -> maybe_value { return json::value(k.names.at(k.get())); },
                          [](const text_key& k) -> maybe_value {
                              return json::value(k.rule.may_echo ? *k.value : without_password(*k.value));
                          },
                          [](const secret_key& k) -> maybe_value {
                              return k.value->empty() ? std::nullopt : maybe_value{json::value(blank)};
                          },
                          [](const text_list_key& k) -> maybe_value { return array_of(*k.value); },
                          [](const port_list_key& k) -> maybe_value { return array_of(*k.value); },
                          [](const weights_key& k) -> maybe_value {
                              json::object out;
                              for (const auto& [name, weight] : k.all()) out[name] = weight;
                              return out;
                          },
                          [](const headers_key& k) -> maybe_value {
                              json::object out;
                              for (const auto& [name, value] : *k.value) out[name] = blank;
                              return out;
                          },
                          [](const json_key& k) -> maybe_value { return json::value(*k.value); },
                          [](const records_key& k) -> maybe_value { return records_of(k); },
                          [](const section_key& k) -> maybe_value { return printed(k.open()); },
                      },
                      type);
}

json::object printed(const section& table) {
    json::object out;
    for (const auto& e : table.entries)
        if (auto value = printed(e.type)) out[e.name] = std::move(*value);
    return out;
}

}  // namespace dormouse::config
