#include "base/error.hpp"
#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/printed.hpp"
#include "config/values.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace dormouse::config {

namespace {

namespace json = boost::json;

json::object schema_of(const section& table);

json::object schema_of(const text_rule& rule) {
    json::object out{{"type", "string"}, {"maxLength", rule.max_bytes}};
    if (!rule.pattern.empty()) out["pattern"] = "^(" + rule.pattern + ")$";
    return out;
}

json::object schema_of(const weights_key& k) {
    return {{"type", "object"},
            {"minProperties", 1},
            {"propertyNames", json::object{{"pattern", "^(" + k.name.pattern + ")$"}}},
            {"additionalProperties", json::object{{"type", "integer"}, {"minimum", 1}, {"maximum", k.max}}}};
}

json::object schema_of(const records_key& k) {
    k.resize(1);
    json::object out{{"type", "array"}, {"items", schema_of(k.at(0))}};
    k.resize(0);
    return out;
}

json::object schema_of(const key_type& type) {
    return std::visit(
        overloaded{
            [](const duration_key&) -> json::object { return {{"type", "string"}, {"pattern", duration_pattern}}; },
            [](const size_key&) -> json::object { return {{"type", "string"}, {"pattern", size_pattern}}; },
            [](const number_key& k) -> json::object {
                return {{"type", "integer"}, {"minimum", k.min}, {"maximum", k.max}};
            },
            [](const flag_key&) -> json::object { return {{"type", "boolean"}}; },
            [](const choice_key& k) -> json::object {
                json::array names;
                for (const auto& name : k.names) names.emplace_back(name);
                return {{"enum", names}};
            },
            [](const text_key& k) { return schema_of(k.rule); },
            [](const secret_key& k) -> json::object { return {{"type", "string"}, {"minLength", k.min_bytes}}; },
            [](const text_list_key& k) -> json::object {
                return {
                    {"type", "array"}, {"maxItems", k.max_count}, {"uniqueItems", true}, {"items", schema_of(k.rule)}};
            },
            [](const port_list_key&) -> json::object {
                return {{"type", "array"},
                        {"minItems", 1},
                        {"items", json::object{{"type", "integer"}, {"minimum", 1}, {"maximum", 65'535}}}};
            },
            [](const weights_key& k) { return schema_of(k); },
            [](const headers_key& k) -> json::object {
                return {{"type", "object"},
                        {"maxProperties", k.max_count},
                        {"additionalProperties", json::object{{"type", "string"}, {"maxLength", k.max_bytes}}}};
            },
            [](const json_key&) -> json::object { return {{"type", "object"}}; },
            [](const records_key& k) { return schema_of(k); },
            [](const section_key& k) { return schema_of(k.open()); },
        },
        type);
}

/// "Leave it empty" is allowed for everything that holds other things: its keys may all be commented out.
void allow_null(json::object& schema) {
    const auto* type = schema.if_contains("type");
    if (type == nullptr || (*type != "object" && *type != "array")) return;
    schema["type"] = json::array{*type, "null"};
}

json::array list_of_one(const std::string& name) {
    json::array out;
    out.emplace_back(name);
    return out;
}

json::object one_of_these(const std::vector<std::string>& names) {
    json::array choices;
    for (const auto& name : names) choices.emplace_back(json::object{{"required", list_of_one(name)}});
    return {{"oneOf", std::move(choices)}};
}

json::object schema_of(const section& table) {
    json::object properties;
    json::array required;
    json::array conditions;
    for (const auto& e : table.entries) {
        auto schema = schema_of(e.type);
        allow_null(schema);
        schema["description"] = e.doc;
        const auto is_section = std::holds_alternative<section_key>(e.type);
        if (auto value = printed(e.type); value && !is_section && !e.required) schema["default"] = std::move(*value);
        properties[e.name] = std::move(schema);
        if (std::holds_alternative<secret_key>(e.type)) {
            const std::vector<std::string> names{e.name, e.name + std::string{file_suffix},
                                                 e.name + std::string{credential_suffix}};
            properties[names[1]] = {{"type", "string"}, {"pattern", "^/"}, {"description", "File that holds it."}};
            properties[names[2]] = {{"type", "string"}, {"description", "Credential of systemd that holds it."}};
            if (e.required) conditions.emplace_back(one_of_these(names));
        } else if (e.required) {
            required.emplace_back(e.name);
        }
    }
    json::object out{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
    if (!required.empty()) out["required"] = std::move(required);
    if (!conditions.empty()) out["allOf"] = std::move(conditions);
    return out;
}

}  // namespace

std::string json_schema() {
    settings defaults;
    json::object out{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Dormouse configuration"}};
    for (auto& [name, value] : schema_of(describe(defaults))) out[name] = std::move(value);
    return json::serialize(out);
}

}  // namespace dormouse::config
