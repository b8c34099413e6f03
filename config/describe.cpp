#include "config/describe.hpp"

#include "config/checks.hpp"
#include "config/keys.hpp"
#include "config/printed.hpp"

#include <boost/json/serialize.hpp>

namespace dormouse::config {

namespace {

namespace json = boost::json;

constexpr std::string_view page_head =
    "# Configuration\n\n"
    "Made from the table in `config/keys.cpp`; do not edit by hand (`DORMOUSE_UPDATE_DOCS=1 ctest -R "
    "ConfigReference` writes it anew).\n"
    "An annotated file to start from: `config/dormouse.example.yaml`. Check yours with `dormouse config check`.\n\n"
    "- Unknown keys, keys given twice and values out of range are errors, and all of them are reported at once with "
    "file, line and key.\n"
    "- Durations carry their unit: `250ms`, `30s`, `5m`, `1h30m`, `8d`. So do sizes: `512B`, `256KiB`, `64MiB`, "
    "`1GiB`.\n"
    "- A secret is written in one of three ways: `password_file: /path` (best; the file must not be open to other "
    "users, `chmod 640`), `password_credential: name` (a file below `$CREDENTIALS_DIRECTORY`, see `LoadCredential=` "
    "in systemd.exec(5)), or `password: text` in the file itself, which then must not be open to other users either. "
    "One newline at the end of such a file does not count.\n"
    "- Nothing is read from environment variables.\n\n"
    "| key | is | default | |\n"
    "|---|---|---|---|\n";

void list_keys(const section& table, const std::string& path, std::vector<key_info>& out) {
    for (const auto& e : table.entries) {
        const auto full_path = path.empty() ? e.name : path + "." + e.name;
        key_info info{full_path, expectation(e.type), {}, e.doc};
        if (const auto* inner = std::get_if<section_key>(&e.type)) {
            info.is_section = true;
            out.push_back(std::move(info));
            list_keys(inner->open(), full_path, out);
        } else if (const auto* records = std::get_if<records_key>(&e.type)) {
            info.default_value = "[]";
            out.push_back(std::move(info));
            records->resize(1);
            list_keys(records->at(0), full_path + "[]", out);
            records->resize(0);
        } else {
            if (e.required)
                info.accepts += " (required)";
            else if (const auto value = printed(e.type))
                info.default_value = json::serialize(*value);
            out.push_back(std::move(info));
        }
    }
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + text + "`"; }

std::string without_quotes(const std::string& text) {
    const auto is_text = text.size() > 2 && text.starts_with('"') && text.ends_with('"');
    return is_text ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

json::object to_json(const settings& s) {
    auto copy = s;
    return printed(describe(copy));
}

std::vector<key_info> all_keys() {
    settings defaults;
    std::vector<key_info> out;
    list_keys(describe(defaults), "", out);
    return out;
}

std::string reference_page() {
    std::string page{page_head};
    for (const auto& key : all_keys())
        page += "| " + code(key.path) + " | " + (key.is_section ? "" : key.accepts) + " | " +
                code(without_quotes(key.default_value)) + " | " + key.doc + " |\n";
    return page;
}

}  // namespace dormouse::config
