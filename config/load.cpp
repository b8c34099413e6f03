#include "config/load.hpp"

#include "base/redact.hpp"
#include "config/checks.hpp"
#include "config/keys.hpp"
#include "config/reader.hpp"
#include "config/rules.hpp"
#include "config/secrets.hpp"

#include <boost/url/decode_view.hpp>

#include <fstream>

namespace dormouse::config {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = 1024UL * 1024;

/// So that no error text of the Redis client can show it.
void register_password_of(const std::string& url) {
    const auto written = password_in_url(url);
    base::register_secret(written);
    if (const auto encoded = boost::urls::make_pct_string_view(written)) {
        std::string plain(encoded->decoded_size(), '\0');
        std::copy((**encoded).begin(), (**encoded).end(), plain.begin());
        base::register_secret(plain);
    }
}

/// A host without a socket means that host: the socket's default must not win over what the file says.
void prefer_given_host(settings& s, const report& out) {
    if (!s.site.database.host.empty() && !out.is_given("site.database.socket")) s.site.database.socket.clear();
}

struct text_read {
    config::settings settings;
    std::string inline_secret;  ///< Path of the first one; empty if there is none.
};

text_read read_text(const std::string& yaml, const further_rules& more, report& out) {
    text_read read;
    const auto document = parse_document(yaml, out);
    if (!document) return read;
    reader r{out};
    r.read_section(*document, describe(read.settings), "");
    read.inline_secret = r.inline_secret();
    register_password_of(read.settings.redis.url);
    if (read.inline_secret.empty() && !password_in_url(read.settings.redis.url).empty())
        read.inline_secret = "redis.url";
    prefer_given_host(read.settings, out);
    check_rules(read.settings, out);
    if (more) more(read.settings, out);
    return read;
}

base::result<std::string> read_file(const fs::path& file) {
    std::error_code failed;
    const auto status = fs::status(file, failed);
    if (!fs::exists(status))
        return base::error{base::errc::not_found, "the file does not exist; docs/install.md tells how to make it"};
    if (!fs::is_regular_file(status)) return base::error{base::errc::invalid_argument, "expected a regular file"};
    std::ifstream in{file, std::ios::binary};
    if (!in) return base::error{base::errc::denied, "the file cannot be read by this user"};
    std::string text(largest_file + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > largest_file) return base::error{base::errc::too_large, "the file is larger than 1 MiB"};
    return text;
}

loaded finish(text_read read, std::string name, report& out) {
    read.settings.source = std::move(name);
    return {std::move(read.settings), out.take()};
}

}  // namespace

std::string problem::message() const {
    auto out = file;
    if (line > 0) out += ":" + std::to_string(line);
    if (line > 0 && column > 0) out += ":" + std::to_string(column);
    if (!path.empty()) out += ": " + path;
    return out + ": " + text;
}

loaded load_text(const std::string& yaml, const std::string& name, const further_rules& more) {
    report out{name};
    return finish(read_text(yaml, more, out), name, out);
}

loaded load(const fs::path& file, const further_rules& more) {
    report out{file.string()};
    const auto text = read_file(file);
    if (!text) {
        out.add({}, "", text.error().detail);
        return finish({}, file.string(), out);
    }
    auto read = read_text(*text, more, out);
    if (!read.inline_secret.empty())
        if (const auto closed = check_private(file); !closed)
            out.add(out.where(read.inline_secret), read.inline_secret,
                    "a secret stands in this file, but " + closed.error().detail);
    return finish(std::move(read), file.string(), out);
}

base::result<settings> load_or_error(const fs::path& file) {
    auto read = load(file);
    if (read.problems.empty()) return std::move(read.settings);
    std::string all;
    for (const auto& p : read.problems) all += (all.empty() ? "" : "\n") + p.message();
    return base::error{base::errc::invalid_argument, std::move(all)};
}

}  // namespace dormouse::config
