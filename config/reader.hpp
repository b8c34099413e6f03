#pragma once
// Walks a YAML document along the table and fills the settings it is bound to. Everything yaml-cpp lets pass
// (duplicate keys, `yes` for true, second documents, unknown keys) is an error here.

#include "config/report.hpp"
#include "config/table.hpp"

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <string>

namespace dormouse::config {

/// The one document of `text`, or nothing after reporting what is wrong with it. Empty text is an empty mapping.
[[nodiscard]] std::optional<YAML::Node> parse_document(const std::string& text, report& out);

/// Reads `document` into the members `root` is bound to; what is wrong goes to `out` and leaves the member as it was.
/// Never throws for what the document holds.
class reader {
public:
    explicit reader(report& out) : out_{out} {}

    void read_section(const YAML::Node& node, const section& table, const std::string& path);

    /// Path of the first secret that is written in the document itself; empty if there is none.
    [[nodiscard]] const std::string& inline_secret() const noexcept { return inline_secret_; }

private:
    using key_visitor = std::function<void(const std::string& name, place where, const YAML::Node& value)>;

    void read(const YAML::Node& node, const duration_key& key, const std::string& path);
    void read(const YAML::Node& node, const size_key& key, const std::string& path);
    void read(const YAML::Node& node, const number_key& key, const std::string& path);
    void read(const YAML::Node& node, const flag_key& key, const std::string& path);
    void read(const YAML::Node& node, const choice_key& key, const std::string& path);
    void read(const YAML::Node& node, const text_key& key, const std::string& path);
    void read(const YAML::Node& node, const text_list_key& key, const std::string& path);
    void read(const YAML::Node& node, const port_list_key& key, const std::string& path);
    void read(const YAML::Node& node, const weights_key& key, const std::string& path);
    void read(const YAML::Node& node, const headers_key& key, const std::string& path);
    void read(const YAML::Node& node, const json_key& key, const std::string& path);
    void read(const YAML::Node& node, const records_key& key, const std::string& path);
    void read(const YAML::Node& node, const section_key& key, const std::string& path);
    void read(const YAML::Node& node, const secret_key& key, const std::string& path);
    void read_secret(const YAML::Node& node, const secret_key& key, std::string_view suffix, const std::string& path);

    boost::json::value read_json(const YAML::Node& node, const std::string& path, int depth,
                                 std::optional<std::size_t>& left);

    bool read_known_key(const YAML::Node& value, const std::string& name, const section& table,
                        const std::string& path);
    void report_unknown_key(place where, const std::string& name, const section& table, const std::string& path);
    void report_missing_keys(place where, const section& table, const std::string& path);

    /// Calls `each` for every key of a mapping, after remembering its place; reports keys that are no texts or come
    /// twice.
    void for_each_key(const YAML::Node& node, const std::string& path, const key_visitor& each);

    bool is_kind_of(const YAML::Node& node, YAML::NodeType::value type, const key_type& key, const std::string& path);
    /// Reports at the place of the value, or of the key where there is no value.
    void blame(const YAML::Node& node, const std::string& path, std::string text);
    void reject(const YAML::Node& node, const std::string& path, const std::string& expected,
                const std::string& hint = {});
    void reject_secretly(const YAML::Node& node, const std::string& path, const std::string& text);
    std::optional<std::string> accept_text(const YAML::Node& node, const text_rule& rule, const std::string& path);

    report& out_;
    std::string inline_secret_;
};

[[nodiscard]] place place_of(const YAML::Node& node);

}  // namespace dormouse::config
