#include "tests/support/receiver_zoo.hpp"

#include "base/ascii.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include <sstream>
#include <stdexcept>

namespace dormouse::test {

namespace {

namespace json = boost::json;

std::string text_of(const json::value& v) { return json::value_to<std::string>(v); }

recorded_request from_json(const json::object& o) {
    recorded_request r;
    r.time_ms = o.at("time_ms").to_number<std::int64_t>();
    r.time_us = o.at("time_us").to_number<std::int64_t>();
    r.port = text_of(o.at("port"));
    r.connection = o.at("connection").to_number<int>();
    r.number = o.at("number").to_number<int>();
    r.method = text_of(o.at("method"));
    r.target = text_of(o.at("target"));
    for (const auto& pair : o.at("headers").as_array())
        r.headers.emplace_back(text_of(pair.at(0)), text_of(pair.at(1)));
    r.body = text_of(o.at("body"));
    if (const auto* resumed = o.if_contains("tls_resumed")) r.tls_resumed = resumed->as_bool();
    return r;
}

}  // namespace

std::string recorded_request::header(std::string_view name) const {
    for (const auto& [n, v] : headers)
        if (base::same_but_for_case(n, name)) return v;
    return {};
}

receiver_zoo::receiver_zoo() : receiver_zoo{options{}} {}

receiver_zoo::receiver_zoo(options o) {
    const auto script = std::string{DORMOUSE_SOURCE_DIR} + "/tests/zoo/receiver_zoo.py";
    std::vector<std::string> argv{"/usr/bin/python3",          script,         "--log",
                                  dir_.file("requests.jsonl"), "--ready-file", dir_.file("ready.json")};
    if (o.tls) argv.insert(argv.end(), {"--tls", dir_.file("tls")});
    process_ = std::make_unique<child_process>(argv, child_process::options{{}, dir_.file("zoo.log"), {}});
    const auto ready = dir_.path() / "ready.json";
    const bool up =
        eventually(std::chrono::seconds{20}, [&] { return std::filesystem::exists(ready) || !process_->running(); });
    if (!up || !std::filesystem::exists(ready))
        throw std::runtime_error{"the receiver zoo did not start:\n" + read_file(dir_.file("zoo.log"))};
    const auto ports = json::parse(read_file(ready));
    for (const auto& [name, port] : ports.as_object()) ports_[std::string{name}] = port.to_number<std::uint16_t>();
}

std::string receiver_zoo::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port("http")) + path;
}

std::string receiver_zoo::tls_url(const std::string& kind, const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(port("tls_" + kind)) + path;
}

std::uint16_t receiver_zoo::port(const std::string& name) const {
    const auto found = ports_.find(name);
    if (found == ports_.end()) throw std::out_of_range{"the zoo has no port '" + name + "'; was it started with tls?"};
    return found->second;
}

std::vector<std::uint16_t> receiver_zoo::ports() const {
    std::vector<std::uint16_t> out;
    out.reserve(ports_.size());
    for (const auto& [name, port] : ports_) out.push_back(port);
    return out;
}

std::vector<recorded_request> receiver_zoo::requests() const { return requests(""); }

std::vector<recorded_request> receiver_zoo::requests(std::string_view prefix) const {
    std::vector<recorded_request> out;
    std::istringstream lines{read_file(dir_.path() / "requests.jsonl")};
    // A line without its end is still being written.
    for (std::string line; std::getline(lines, line) && !lines.eof();) {
        auto r = from_json(json::parse(line).as_object());
        if (r.target.starts_with(prefix)) out.push_back(std::move(r));
    }
    return out;
}

bool receiver_zoo::wait_for(std::size_t count, std::string_view prefix, std::chrono::milliseconds limit) const {
    return eventually(limit, [&] { return requests(prefix).size() >= count; });
}

}  // namespace dormouse::test
