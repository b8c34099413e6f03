#include "config/reader.hpp"

#include "config/secrets.hpp"
#include "config/values.hpp"

#include <algorithm>

namespace dormouse::config {

namespace {

std::string child_path(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
}

std::vector<std::string> spellings(const entry& e) {
    if (!std::holds_alternative<secret_key>(e.type)) return {e.name};
    return {e.name, e.name + std::string{file_suffix}, e.name + std::string{credential_suffix}};
}

std::string list_of(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

bool is_printable_name(const std::string& name) noexcept {
    return name.size() <= 128 &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

}  // namespace

place place_of(const YAML::Node& node) {
    const auto mark = node.Mark();
    if (mark.is_null()) return {};
    return {mark.line + 1, mark.column + 1};
}

std::optional<YAML::Node> parse_document(const std::string& text, report& out) {
    try {
        const auto documents = YAML::LoadAll(text);
        if (documents.empty()) return YAML::Node{YAML::NodeType::Map};
        if (documents.size() == 1) return documents.front();
        out.add(place_of(documents[1]), "",
                "expected one document; remove the line '---' and what does not belong here");
    } catch (const YAML::Exception& e) {
        // What follows ": " in yaml-cpp's texts is quoted from the file, and may be half a password.
        const auto what = e.msg.substr(0, e.msg.find(": "));
        const auto where = e.mark.is_null() ? place{} : place{e.mark.line + 1, e.mark.column + 1};
        out.add(where, "",
                "not valid YAML: " + what + " (check indentation; quote texts that begin with * & ! % @ or hold ': ')");
    } catch (const std::exception&) {
        out.add({}, "", "not valid YAML");
    }
    return std::nullopt;
}

void reader::for_each_key(const YAML::Node& node, const std::string& path, const key_visitor& each) {
    std::map<std::string, place> seen;
    for (const auto& pair : node) {
        const auto where = place_of(pair.first);
        if (!pair.first.IsScalar() || !is_printable_name(pair.first.Scalar())) {
            out_.add(where, path, "expected a name of at most 128 characters before the colon");
            continue;
        }
        const auto& name = pair.first.Scalar();
        out_.remember(child_path(path, name), where);
        const auto [first, is_new] = seen.emplace(name, where);
        if (is_new)
            each(name, where, pair.second);
        else
            out_.add(where, child_path(path, name),
                     "this key is given twice; the first is on line " + std::to_string(first->second.line));
    }
}

void reader::read_section(const YAML::Node& node, const section& table, const std::string& path) {
    // "worker:" with everything below it commented out is an empty section.
    if (!node.IsNull() && !node.IsMap()) {
        reject_secretly(node, path, "expected a mapping of keys to values");
        return;
    }
    if (node.IsMap()) {
        for_each_key(node, path, [&](const std::string& name, place where, const YAML::Node& value) {
            if (!read_known_key(value, name, table, path)) report_unknown_key(where, name, table, path);
        });
    }
    report_missing_keys(place_of(node), table, path);
}

bool reader::read_known_key(const YAML::Node& value, const std::string& name, const section& table,
                            const std::string& path) {
    const auto full_path = child_path(path, name);
    for (const auto& e : table.entries) {
        const auto* secret = std::get_if<secret_key>(&e.type);
        if (secret != nullptr && name.starts_with(e.name)) {
            const auto suffix = std::string_view{name}.substr(e.name.size());
            if (!suffix.empty() && suffix != file_suffix && suffix != credential_suffix) continue;
            read_secret(value, *secret, suffix, full_path);
            return true;
        }
        if (e.name == name) {
            std::visit([&](const auto& key) { read(value, key, full_path); }, e.type);
            return true;
        }
    }
    return false;
}

void reader::report_unknown_key(place where, const std::string& name, const section& table, const std::string& path) {
    std::vector<std::string> known;
    for (const auto& e : table.entries)
        for (auto& spelling : spellings(e)) known.push_back(std::move(spelling));
    const auto meant = nearest(name, known);
    out_.add(where, child_path(path, name),
             meant.empty() ? "unknown key; expected one of: " + list_of(known)
                           : "unknown key; did you mean '" + std::string{meant} + "'?");
}

void reader::report_missing_keys(place where, const section& table, const std::string& path) {
    for (const auto& e : table.entries) {
        const auto names = spellings(e);
        std::vector<std::string> given;
        std::copy_if(names.begin(), names.end(), std::back_inserter(given),
                     [&](const auto& name) { return out_.is_given(child_path(path, name)); });
        if (given.empty() && e.required)
            out_.add(where, child_path(path, e.name),
                     (names.size() > 1 ? "missing; expected one of " : "missing; expected ") + list_of(names));
        if (given.size() > 1)
            out_.add(out_.where(child_path(path, given.back())), child_path(path, given.back()),
                     "expected only one of " + list_of(names));
    }
}

void reader::read(const YAML::Node& node, const section_key& key, const std::string& path) {
    read_section(node, key.open(), path);
}

void reader::read(const YAML::Node& node, const records_key& key, const std::string& path) {
    if (!is_kind_of(node, YAML::NodeType::Sequence, key, path)) return;
    key.resize(node.size());
    for (std::size_t i = 0; i < node.size(); ++i) {
        const auto item = path + "[" + std::to_string(i) + "]";
        out_.remember(item, place_of(node[i]));
        read_section(node[i], key.at(i), item);
    }
}

void reader::read(const YAML::Node& node, const secret_key& key, const std::string& path) {
    read_secret(node, key, "", path);
}

void reader::read_secret(const YAML::Node& node, const secret_key& key, std::string_view suffix,
                         const std::string& path) {
    if (!node.IsScalar() || node.Scalar().empty()) {
        reject_secretly(node, path, suffix.empty() ? "expected a text" : "expected a name");
        return;
    }
    if (suffix.empty() && inline_secret_.empty()) inline_secret_ = path;
    const auto read_from = [&]() -> base::result<base::secret> {
        if (suffix == file_suffix) return read_secret_file(node.Scalar());
        if (suffix == credential_suffix) return read_credential(node.Scalar());
        return base::secret{node.Scalar()};
    };
    auto secret = read_from();
    if (!secret)
        blame(node, path, secret.error().detail);
    else if (secret->reveal().size() < key.min_bytes)
        blame(node, path,
              "expected at least " + std::to_string(key.min_bytes) + " bytes, got " +
                  std::to_string(secret->reveal().size()));
    else
        *key.value = std::move(*secret);
}

}  // namespace dormouse::config
