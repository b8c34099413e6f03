#include "config/table.hpp"

#include "config/values.hpp"

namespace dormouse::config {

entry& section::duration(std::string name, base::ms& value, base::ms min, base::ms max, std::string doc) {
    return add(std::move(name), duration_key{&value, min, max}, std::move(doc));
}

entry& section::size(std::string name, std::uint64_t& value, std::uint64_t min, std::uint64_t max, std::string doc) {
    return add(std::move(name), size_key{&value, min, max}, std::move(doc));
}

entry& section::flag(std::string name, bool& value, std::string doc) {
    return add(std::move(name), flag_key{&value}, std::move(doc));
}

entry& section::text(std::string name, std::string& value, text_rule rule, std::string doc) {
    return add(std::move(name), text_key{&value, std::move(rule)}, std::move(doc));
}

entry& section::secret(std::string name, base::secret& value, std::size_t min_bytes, std::string doc) {
    return add(std::move(name), secret_key{&value, min_bytes}, std::move(doc));
}

entry& section::add(std::string name, key_type type, std::string doc) {
    return entries.emplace_back(entry{std::move(name), std::move(doc), std::move(type)});
}

std::string expectation(const key_type& type) {
    return std::visit(
        overloaded{
            [](const duration_key& k) {
                return "a duration from " + format_duration(k.min) + " to " + format_duration(k.max);
            },
            [](const size_key& k) { return "a size from " + format_size(k.min) + " to " + format_size(k.max); },
            [](const number_key& k) {
                return "a whole number from " + std::to_string(k.min) + " to " + std::to_string(k.max);
            },
            [](const flag_key&) -> std::string { return "true or false"; },
            [](const choice_key& k) {
                std::string out = "one of ";
                for (const auto& name : k.names) out += (&name == &k.names.front() ? "" : ", ") + name;
                return out;
            },
            [](const text_key& k) { return k.rule.expected; },
            [](const secret_key&) -> std::string { return "a text"; },
            [](const text_list_key& k) { return "a list of at most " + std::to_string(k.max_count) + " texts"; },
            [](const port_list_key&) -> std::string { return "a list of ports"; },
            [](const weights_key& k) {
                return "a mapping of names to weights from 1 to " + std::to_string(k.max) + ", at least one";
            },
            [](const headers_key&) -> std::string { return "a mapping of header names to values"; },
            [](const json_key&) -> std::string { return "a mapping"; },
            [](const records_key&) -> std::string { return "a list"; },
            [](const section_key&) -> std::string { return "a mapping of keys to values"; },
        },
        type);
}

}  // namespace dormouse::config
