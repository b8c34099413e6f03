#include "tests/integration/sleepers/sites.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace dormouse::sleepers {

namespace {
namespace json = boost::json;

constexpr auto python = "/usr/bin/python3";
constexpr std::chrono::seconds longest{100};

std::string text(const json::object& o, const char* name) {
    const auto& value = o.at(name);
    return value.is_string() ? std::string{value.get_string()} : value.is_null() ? "" : json::serialize(value);
}

verdicts read_verdicts(const json::array& all) {
    verdicts out;
    for (const auto& one : all) {
        const auto& o = one.as_object();
        const auto* days = o.at("days").if_int64();
        out[{o.at("level").as_int64(), o.at("user").as_int64()}] = {
            text(o, "rule"), text(o, "lapse"), days != nullptr ? *days : 0, o.contains("why") ? text(o, "why") : ""};
    }
    return out;
}

config::sleepers_settings read_options(const json::object& o) {
    config::sleepers_settings out;
    const auto is_on = [&](const char* name) { return !o.contains(name) || o.at(name).as_bool(); };
    out.ancestors = is_on("ancestors");
    out.ledger = is_on("ledger");
    out.blocked = is_on("blocked");
    if (o.contains("certificates")) out.certificates = config::certificates_that_count::since_access_start;
    return out;
}

std::vector<known_site> read_sites(const std::filesystem::path& file) {
    std::vector<known_site> out;
    std::istringstream lines{test::read_file(file)};
    for (std::string line; std::getline(lines, line);) {
        const auto o = json::parse(line).as_object();
        out.push_back({text(o, "seed"), text(o, "prefix"), text(o, "users"), text(o, "usermeta"), text(o, "as_of"),
                       o.contains("options") ? read_options(o.at("options").as_object()) : config::sleepers_settings{},
                       read_verdicts(o.at("verdicts").as_array())});
    }
    return out;
}
}  // namespace

sites::sites(const std::string& maker, std::vector<std::string> words, test::mariadb_server::options o)
    : server_{std::move(o)} {
    const std::string folder = folder_.path().string();
    std::vector<std::string> argv{python,     std::string{DORMOUSE_SOURCE_DIR} + "/tests/sleepers/" + maker,
                                  "--socket", server_.socket(),
                                  "--into",   folder};
    argv.insert(argv.end(), words.begin(), words.end());
    test::child_process run{argv, {{"PYTHONDONTWRITEBYTECODE=1"}, folder_.file("printed"), {}}};
    if (const auto status = run.wait(longest); status != 0)
        throw std::runtime_error{maker + " failed:\n" + test::read_file(folder_.file("printed"))};
    for (int number = 0; std::filesystem::exists(folder_.file(std::to_string(number) + ".sql")); ++number)
        rounds_.push_back({folder_.file(std::to_string(number) + ".sql"),
                           read_sites(folder_.file(std::to_string(number) + ".jsonl"))});
}

void sites::put(const round& r) const { server_.sql("source " + r.sql); }

}  // namespace dormouse::sleepers
